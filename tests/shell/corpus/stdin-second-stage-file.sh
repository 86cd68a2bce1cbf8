cat text.txt | cat - numbers.txt /dev/stdin | wc -l
