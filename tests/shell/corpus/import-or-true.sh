cat text.txt | grep -c 'the.*the' || true
