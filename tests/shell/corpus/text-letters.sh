fold -w 1 text.txt | grep '[a-z]' | sort | uniq -c | awk '{ print $2, $1 }' | column -t
