[ -p p ] || mkfifo p
sort numbers.txt >p &
uniq p | wc -l
rm p
