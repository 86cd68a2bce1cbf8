awk '$10 > 3000 { print $7, $10 }' access.log | sed 's/?[^ ]*//' | awk '{ n[$1]++; s[$1] += $2 } END { for (p in n) print n[p], int(s[p] / n[p]), p }' | sort -k1,1nr -k3 | head -n 5
