sort left.txt > l.out
head -n 1 l.out
sort -r left.txt -o l.out.2
cat l.out l.out.2 | wc -l
ls l.out* | sort
