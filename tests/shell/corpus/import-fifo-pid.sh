p=/tmp/fifo.$$
mkfifo $p
sort numbers.txt > $p &
head -n 3 $p
rm $p
