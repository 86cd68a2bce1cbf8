# import: free
seq 3 | { read -r first; echo "first $first"; cat; }
