# needs: column
column -s, -t people.csv | sed 's/ *$//' | sort -r | head -n 4
