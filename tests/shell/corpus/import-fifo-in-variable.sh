FIFO="fifo.1"
rm -f "$FIFO"
mkfifo "$FIFO"
sort numbers.txt > "$FIFO" &
uniq -c "$FIFO" | sort -rn | head -2
rm -f "$FIFO"
