# import: free
# fails
echo hello | no-such-program-here | wc -l
