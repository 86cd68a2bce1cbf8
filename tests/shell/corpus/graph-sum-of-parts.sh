# needs: bc
paste -d+ <(awk '{ s += $1 } END { print s }' numbers.txt) <(sort -n numbers.txt | tail -n 1) <(wc -l <numbers.txt) | bc
