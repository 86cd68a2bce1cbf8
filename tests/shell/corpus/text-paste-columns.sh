seq 12 | paste -d' \n' - - - | paste -s -d, | tr , '|'
