sort -r left.txt > left.tmp && mv left.tmp sorted.txt
wc -l < sorted.txt
tr 1 2 < right.txt > right.tmp; mv right.tmp right.txt
