# import: refused
X=5
sh -c 'echo "[$X]"' | cat
export X
