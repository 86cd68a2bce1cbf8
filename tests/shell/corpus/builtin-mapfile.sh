# import: free
seq 3 | { mapfile -t a; echo "${#a[@]} ${a[2]}"; }
