LC_ALL=C
export LC_ALL
sort text.txt | uniq | wc -l
