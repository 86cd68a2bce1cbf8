mkfifo one two
tr -cs a-z '\n' <text.txt | sort -u >one &
sort -u dict.txt >two &
comm -23 one two | head -n 15
wait
rm -f one two
