# import: refused
t=$(mktemp)
sort left.txt > $t
head -n 1 $t
sort right.txt > $t
head -n 1 $t
rm $t
