# fails
echo x | cat <no-such-file
