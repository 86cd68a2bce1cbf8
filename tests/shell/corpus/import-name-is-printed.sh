# import: refused
mkfifo p
sort left.txt > p &
wc -l p
rm p
