# fails
ls nowhere text.txt 2>errors.txt | cat
