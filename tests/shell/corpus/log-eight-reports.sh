cat access.log | tee >(cut -d' ' -f1 | sort | uniq -c | sort -k1,1nr -k2 | head -n 3 >r1) \
    >(awk '{ print $9 }' | sort | uniq -c | sort -k1,1nr -k2 >r2) \
    >(awk '{ s += $10 } END { print s }' >r3) \
    >(grep -c ' 404 ' >r4) \
    >(sed 's/.*"\([A-Z]*\) .*/\1/' | sort | uniq -c | sort -k2 >r5) \
    >(awk '{ print $7 }' | sed 's/?.*//' | sort -u | wc -l >r6) \
    >(awk '{ print substr($4, 2, 11) }' | uniq -c >r7) |
    wc -l >r8
