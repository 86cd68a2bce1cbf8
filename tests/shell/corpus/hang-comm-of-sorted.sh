# comm wants all of the sorted copy before it takes more of the other: bash hangs
# fails
# right: seq 1000000 | sort | comm -12 - <(seq 1000000) 2>/dev/null; true
mkfifo F
seq 1000000 | tee F | sort | comm -12 - F 2>/dev/null
rm F
