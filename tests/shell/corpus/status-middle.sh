# fails
echo x | sh -c 'cat; exit 3' | cat
