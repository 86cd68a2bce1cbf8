join <(sort left.txt) <(join <(sort right.txt) <(cat left.txt right.txt | sort | uniq -d)) | wc -l
