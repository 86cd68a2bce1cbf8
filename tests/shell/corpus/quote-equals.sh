env a=b 'c d=e f' sh -c 'echo "$a"' | cat
