# needs: colrm
head -n 5 text.txt | colrm 4 9 | rev | colrm 1 2
