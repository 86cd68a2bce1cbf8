COL=2
awk -F, "{ print \$$COL }" people.csv | sort | head -n 3
