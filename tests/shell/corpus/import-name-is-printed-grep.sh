# import: refused
sort left.txt > t1
sort right.txt > t2
grep -c 1 t1 t2
rm t1 t2
