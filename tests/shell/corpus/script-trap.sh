# import: refused
trap 'echo bye' EXIT
seq 2 | cat
