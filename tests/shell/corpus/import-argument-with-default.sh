INPUT=$1
sort ${INPUT:-text.txt} | head -n 2
