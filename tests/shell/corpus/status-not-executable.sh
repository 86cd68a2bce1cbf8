# import: free
# fails
echo hello | ./text.txt
