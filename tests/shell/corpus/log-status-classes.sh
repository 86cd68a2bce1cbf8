awk '{ c[substr($9, 1, 1) "xx"]++ } END { for (k in c) print k, c[k] }' access.log | sort
