sort left.txt > l.out
sort right.txt > r.out
cat {l,r}.out | wc -l
