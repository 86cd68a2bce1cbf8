# fails
echo x | sh -c 'kill -TERM $$'
