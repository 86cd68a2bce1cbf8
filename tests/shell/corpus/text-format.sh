fmt -w 40 text.txt | pr -t -2 -w 84 -l 20 | expand | sed 's/ *$//' | head -n 15
