cat empty.txt | sort | uniq -c | wc -l
