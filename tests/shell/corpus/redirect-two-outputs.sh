# import: free
seq 5 >first.txt >second.txt
