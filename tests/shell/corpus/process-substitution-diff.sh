diff <(sort left.txt) <(sort -r right.txt | sort) | grep '^[<>]' | head -n 6
