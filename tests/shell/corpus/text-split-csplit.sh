# import: free
csplit -s -z -f part- sections.txt '/^# /' '{*}'; wc -l part-* | tail -n 1
