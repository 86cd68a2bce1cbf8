# import: free
while read -r n; do echo "<$n>"; done < <(seq 3)
