# the same with a list that is sorted
# right: seq -w 30000
mkfifo F
seq -w 30000 | tee F | sort | comm -12 - F
rm F
