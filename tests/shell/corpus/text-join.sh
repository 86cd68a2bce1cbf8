join -t, -1 2 -2 1 <(sort -t, -k2,2 orders.csv) <(sort -t, -k1,1 people.csv) | sort -t, -k2,2n | head -n 20
