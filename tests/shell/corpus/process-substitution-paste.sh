paste -d: <(seq 5) <(seq 6 10) <(seq 11 15 | tac)
