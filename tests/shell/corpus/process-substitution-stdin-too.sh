seq 3 | cat - <(seq 4 6) | paste -s
