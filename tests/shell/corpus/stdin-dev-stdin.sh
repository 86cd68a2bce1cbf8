# stdin: numbers.txt
sort -n /dev/stdin | tail -n 2
