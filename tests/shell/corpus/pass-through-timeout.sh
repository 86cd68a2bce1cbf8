seq 5 | timeout 10 sort -rn | stdbuf -oL head -n 1
