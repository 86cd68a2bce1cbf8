grep -o -E '[aeiou]+' text.txt | sort | uniq -c | sort -k1,1nr -k2 | head -n 6
