cat <(seq 3) <(seq 4 6 | tac) <(seq 7 9) | paste -s
