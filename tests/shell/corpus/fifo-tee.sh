mkfifo copy
wc -l <copy >lines.txt &
tee copy <text.txt | wc -w
wait
rm copy
