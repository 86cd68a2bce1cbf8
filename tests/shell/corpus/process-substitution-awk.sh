awk 'NR == FNR { name[$1] = $2; next } { print $1, name[$2] }' FS=, people.csv <(head -n 5 orders.csv | cut -d, -f1,2) | head -n 40 | tail -n 5
