cp left.txt copy.txt
sed -i s/a/b/ copy.txt
sort copy.txt | head -n 2
cp copy.txt again.txt; wc -l < again.txt
