# import: refused
echo "[$x]" | cat
x=2
echo $x | cat
