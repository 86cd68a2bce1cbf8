cut -d, -f2,3 orders.csv | awk -F, '{ t[$1] += $2 } END { for (k in t) printf "%s,%d\n", k, t[k] }' | sort -t, -k2,2nr -k1,1 | head -n 5
