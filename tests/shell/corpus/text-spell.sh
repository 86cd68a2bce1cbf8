tr -cs A-Za-z '\n' <text.txt | tr A-Z a-z | sort -u | comm -23 - dict.txt
