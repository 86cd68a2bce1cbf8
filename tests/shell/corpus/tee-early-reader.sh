# the reader that leaves ends tee in bash, and with it the other copy
# right: seq 200000 | head -n 1 >first.txt; echo 200000
seq 200000 | tee >(head -n 1 >first.txt) | tail -n 1
