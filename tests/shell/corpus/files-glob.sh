# import: free
cat t*.txt | wc -l
