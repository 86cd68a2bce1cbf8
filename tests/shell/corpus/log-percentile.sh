awk '{ print $10 }' access.log | sort -n | awk '{ a[NR] = $1 } END { print a[int(NR * 0.95)] }'
