# import: free
sort numbers.txt | uniq -d | sort -n | uniq -c | head -n 5; sort numbers.txt | uniq -u | wc -l
