# import: free
tr -cs a-z '\n' <text.txt >w.tmp
sort w.tmp | uniq -c | sort -k1,1nr -k2 | head -n 3
sort -u w.tmp | wc -l
rm w.tmp
