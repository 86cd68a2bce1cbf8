F=l.out
sort left.txt > l.out
wc -l < $F
