tmp=$(mktemp) || exit 1
trap 'rm -f "$tmp"' EXIT
sort numbers.txt > "$tmp"
uniq -d "$tmp" | wc -l
