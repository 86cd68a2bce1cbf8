# import: free
seq 3 | sort -r | tee result.txt
