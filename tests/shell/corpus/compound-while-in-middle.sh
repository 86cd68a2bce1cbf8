# import: free
seq 6 | while read -r a && read -r b; do echo $((a * b)); done | sort -n
