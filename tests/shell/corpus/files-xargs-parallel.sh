seq 8 | xargs -P 2 -n 1 expr 10 + | sort -n
