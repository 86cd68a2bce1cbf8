# import: refused
seq "$(wc -l <left.txt)" | tail -n 1
