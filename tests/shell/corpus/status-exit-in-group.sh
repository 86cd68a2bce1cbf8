# import: free
# fails
seq 3 | { cat; exit 9; }
