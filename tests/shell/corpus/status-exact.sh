# fails
echo x | sh -c 'cat >/dev/null; exit 42'
