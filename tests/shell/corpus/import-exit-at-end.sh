sort numbers.txt | head -n 1
exit 0
