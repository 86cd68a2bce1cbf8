# fails
cat text.txt | grep zzzz
