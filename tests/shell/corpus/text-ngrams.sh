tr -cs a-z '\n' <text.txt | awk 'NR > 2 { print a, b, $0 } { a = b; b = $0 }' | sort | uniq -c | sort -k1,1nr -k2 | head -n 4
