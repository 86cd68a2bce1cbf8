yes 'a line of text' | head -n 5 | nl
