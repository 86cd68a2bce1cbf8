t=$(mktemp)
sort -r left.txt > "$t"; mv "$t" left.txt
head -n 3 left.txt
