cat <(cat <(cat <(seq 4))) | tac
