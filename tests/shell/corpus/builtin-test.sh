# import: free
# fails
seq 3 | [ -t 0 ]
