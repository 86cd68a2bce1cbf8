grep -n -B1 -A1 fox text.txt | head -n 12 | sed 's/^\([0-9]*\)[-:]/\1 /'
