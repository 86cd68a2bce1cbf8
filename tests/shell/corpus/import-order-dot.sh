sort left.txt > l.out
wc -l < ./l.out
