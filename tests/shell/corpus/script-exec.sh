# import: refused
exec >out.txt
seq 2 | sort -r
