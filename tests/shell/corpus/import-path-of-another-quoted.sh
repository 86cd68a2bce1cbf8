DIR=tree
OUT="$DIR/x.out"
sort numbers.txt | head -n 3 > "$OUT"
