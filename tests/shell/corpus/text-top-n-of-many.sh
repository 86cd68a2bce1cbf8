seq 1000000 | awk '{ print; if (NR % 2) print }' | head -n 3
