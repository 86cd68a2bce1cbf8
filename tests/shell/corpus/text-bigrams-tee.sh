# a text's pairs of neighbouring words
mkfifo words
tr -cs A-Za-z '\n' <text.txt | tee words | tail -n +2 | paste words - | sort | uniq -c | sort -k1,1nr -k2 | head -n 5
rm words
