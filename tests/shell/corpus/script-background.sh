# import: free
seq 3 >bg.txt & seq 4 | tac; wait
