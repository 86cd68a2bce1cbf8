comm -23 <(tr -cs a-z '\n' <text.txt | sort -u) <(sort -u dict.txt) | wc -l
