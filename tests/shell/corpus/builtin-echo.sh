# import: free
echo -e 'a\tb' | cat -A; echo -n x | cat
