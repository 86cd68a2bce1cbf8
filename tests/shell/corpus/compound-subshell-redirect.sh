(echo a; echo b >&2) 2>err.txt | cat
