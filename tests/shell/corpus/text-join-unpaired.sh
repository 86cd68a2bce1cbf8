sort -t, -k2,2 orders.csv | join -t, -1 2 -2 1 -a 1 -e none -o 0,1.3,2.2 - people.csv | sort | uniq -c | sort -rn -k1,1 -k2 | head -n 8
