seq 10 | tee middle.txt | sort -rn | head -n 3
