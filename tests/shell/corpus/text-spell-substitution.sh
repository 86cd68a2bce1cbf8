comm -13 dict.txt <(tr -cs A-Za-z '\n' <text.txt | tr A-Z a-z | sort -u)
