cat text.txt >/dev/null | wc -c
