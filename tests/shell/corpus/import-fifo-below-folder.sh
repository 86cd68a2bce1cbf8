d=$(mktemp -d)
left=$d/left
right="$d/right"
mkfifo "$left" "$right"
sort left.txt > "$left" &
sort right.txt > "$right" &
comm -12 "$left" "$right" | wc -l
rm -r "$d"
