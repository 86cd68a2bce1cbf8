# import: free
seq 3 | (( 1 ))
