# import: free
time seq 3 | sort -r
