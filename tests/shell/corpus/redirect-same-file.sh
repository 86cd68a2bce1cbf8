# import: free
sort -n numbers.txt -o numbers.txt | cat
