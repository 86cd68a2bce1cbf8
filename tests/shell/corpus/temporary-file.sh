# import: free
sort -u left.txt >u.tmp
comm -12 u.tmp right.txt | wc -l
rm u.tmp
