# import: free
seq 20 | tee >(grep 7 >seven.txt) | grep -v 7 | head -n 30 | wc -l
