printf '%d\n' -3 5 -1 | sort -n | head -n 1
