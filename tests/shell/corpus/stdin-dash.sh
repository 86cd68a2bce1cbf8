# stdin: numbers.txt
cat - | sort -n - | head -n 3
