# import: free
seq 3 | sort -r >>new.txt
