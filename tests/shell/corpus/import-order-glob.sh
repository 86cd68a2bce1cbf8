sort left.txt > l.out
sort right.txt > r.out
cat *.out | wc -l
