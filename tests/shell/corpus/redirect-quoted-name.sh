seq 3 | sort -r >'a file; with "signs".txt'
