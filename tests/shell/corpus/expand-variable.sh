pattern='fox jumps'
grep -c "$pattern" text.txt | cat
