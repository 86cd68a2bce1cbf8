# import: free
sh -c 'echo out; echo err >&2' 2>&1 >file.txt | sed 's/^/piped: /'
