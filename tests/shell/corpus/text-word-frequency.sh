tr -cs A-Za-z '\n' <text.txt | tr A-Z a-z | sort | uniq -c | sort -k1,1nr -k2 | head -n 10
