# right: seq 300000 | tail -n 1
seq 300000 | tee >(head -n 1 >/dev/null) | tail -n 1
