cat no-newline.txt | sed 's/l/L/' | tail -c 3
