comm left.txt right.txt | tr '\t' '>' | head -n 12
