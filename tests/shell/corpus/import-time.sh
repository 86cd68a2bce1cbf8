time sort numbers.txt | uniq | wc -l
