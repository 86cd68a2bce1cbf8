sort left.txt > new.txt
mv new.txt right.txt
head -n 2 right.txt
sort -r right.txt > newer.txt && mv newer.txt right.txt
head -n 2 < right.txt
