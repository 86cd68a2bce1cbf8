# import: free
echo -e 'a\tb\\n' | cat -A
