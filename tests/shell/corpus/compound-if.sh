# import: free
if true; then seq 3; else seq 4; fi | wc -l
