# import: free
seq $((2 + 3)) | tail -n $((1 + 1))
