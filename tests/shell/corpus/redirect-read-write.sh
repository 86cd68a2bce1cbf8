# import: free
cat <>text.txt | wc -l
