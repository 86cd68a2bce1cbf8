seq 10 | tee >(wc -l >count.txt) >(sort -rn >reverse.txt) >all.txt
