# import: refused
t=$(mktemp)
sort left.txt > $t
sort -r $t -o $t
head -n 1 $t
rm $t
