# import: free
echo 'a\tb' -n | cat -A
