nice -n 1 seq 5 | nohup sort -rn 2>/dev/null | env LC_ALL=C head -n 2
