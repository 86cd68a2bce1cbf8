printf 'fox\ndog\n' | grep -c -w -f - text.txt
