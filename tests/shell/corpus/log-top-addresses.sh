cut -d' ' -f1 access.log | sort | uniq -c | sort -k1,1nr -k2 | head -n 5
