# import: refused
if grep -q fox text.txt; then wc -l <text.txt | cat; fi
