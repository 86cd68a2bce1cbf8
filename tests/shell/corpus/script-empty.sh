# import: free
# nothing but a comment
