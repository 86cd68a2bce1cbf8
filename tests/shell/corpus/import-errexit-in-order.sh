set -e
sort left.txt > l.out
sed -i 1d l.out
wc -l < l.out
