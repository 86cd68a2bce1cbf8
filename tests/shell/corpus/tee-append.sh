# import: free
seq 3 | tee -a numbers.txt | wc -l
