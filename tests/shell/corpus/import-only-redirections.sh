< left.txt | wc -l
