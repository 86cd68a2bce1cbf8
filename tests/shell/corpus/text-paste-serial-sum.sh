# needs: bc
seq 1 100 | paste -sd+ | bc
