seq 100 | tee numbers.copy | awk '{ s += $1 } END { print s }'
