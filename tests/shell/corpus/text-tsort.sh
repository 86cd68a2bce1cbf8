tsort <edges.txt | nl -w2 -s'. '
