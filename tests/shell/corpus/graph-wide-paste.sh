paste <(seq 1 5) <(seq 2 6) <(seq 3 7) <(seq 4 8) <(seq 5 9) <(seq 6 10) <(seq 7 11) <(seq 8 12)
