seq 1000 | tee >(grep 1 | tee >(grep 2 | wc -l >a12) | grep -c 3 >a13) | grep 7 | tee >(wc -l >b7) | tail -n 1
