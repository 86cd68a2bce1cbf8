awk -F, '{ for (i = 1; i <= NF; i++) a[i] = a[i] (NR > 1 ? "," : "") $i } END { for (i = 1; i in a; i++) print a[i] }' people.csv | cut -c 1-60
