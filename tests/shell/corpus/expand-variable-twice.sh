n=3 word=fox
grep "$word" text.txt | head -n "$n" | wc -l
