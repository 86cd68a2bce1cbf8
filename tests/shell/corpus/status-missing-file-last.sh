# import: free
# fails
echo x | cat <no-such-file
