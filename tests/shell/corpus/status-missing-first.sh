# fails
no-such-program-here | cat
