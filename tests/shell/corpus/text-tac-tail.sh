tac text.txt | tail -n 2 | cut -d' ' -f1-3
