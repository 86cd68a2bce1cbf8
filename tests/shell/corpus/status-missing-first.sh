# import: free
# fails
no-such-program-here | cat
