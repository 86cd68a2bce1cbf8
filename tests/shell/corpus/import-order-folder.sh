sort left.txt > tree/l.out
find tree -type f | sort
