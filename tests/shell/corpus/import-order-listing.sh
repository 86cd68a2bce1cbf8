sort left.txt > l.out
ls | sort
