yes | head -n 1 | wc -l
