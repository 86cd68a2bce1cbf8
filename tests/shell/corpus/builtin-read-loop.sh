# import: free
seq 3 | while read -r n; do echo "$((n * n))"; done | paste -s
