# import: refused
t=$(mktemp)
sort left.txt > $t
stat -c %s $t
rm $t
