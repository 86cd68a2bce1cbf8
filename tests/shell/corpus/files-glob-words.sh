# import: free
ls -d *.txt | sort | head -n 3
