# import: free
sh -c 'echo out; echo err >&2' &>both.txt
