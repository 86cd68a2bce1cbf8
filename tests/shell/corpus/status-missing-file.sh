# fails
cat <no-such-file | wc -l
