# import: refused
sort left.txt > l.out
ls | sort
