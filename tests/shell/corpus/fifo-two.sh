mkfifo a b
sort left.txt >a &
sort right.txt >b &
comm -12 a b
rm a b
