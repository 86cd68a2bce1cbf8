# import: free
FOO=bar sh -c 'echo "$FOO"' | LC_ALL=C sort | cat
