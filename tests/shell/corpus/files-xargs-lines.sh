seq 10 | xargs -n 3 | sed 's/ /+/g'
