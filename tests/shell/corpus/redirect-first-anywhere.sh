<numbers.txt sort -n | >out.txt head -n 4
