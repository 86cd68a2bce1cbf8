# import: free
# needs: rev
tr -cs A-Za-z '\n' <text.txt | sort -u >w1; rev w1 | paste w1 - | awk '$1 == $2 { print $1 }'
