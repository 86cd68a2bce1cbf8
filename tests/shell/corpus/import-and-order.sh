mkdir -p made && sort left.txt > made/l.out && wc -l < made/l.out
