# import: free
seq 3 | sort -r
seq 4 | tac
