#!/bin/sh
# Which pages answered with an error, most often first.
log=pipelines/data/access.log
grep -E '" 5[0-9][0-9] ' "$log" | awk '{ print $7 }' | sort | uniq -c | sort -rn > errors-by-page.txt
