head -n 1
cat | wc -c
