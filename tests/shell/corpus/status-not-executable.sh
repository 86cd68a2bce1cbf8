# fails
echo hello | ./text.txt
