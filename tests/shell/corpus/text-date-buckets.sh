awk '{ print substr($4, 2, 14) }' access.log | sort | uniq -c | awk '{ print $2, $1 }' | tail -n 5
