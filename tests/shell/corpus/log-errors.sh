grep -E '" (4|5)[0-9]{2} ' access.log | sed 's/.*"\([A-Z]*\) \([^ ?]*\).*/\2/' | sort | uniq -c | sort -k1,1nr -k2 | head -n 4
