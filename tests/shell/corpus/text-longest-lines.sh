awk '{ print length($0) "\t" $0 }' text.txt | sort -k1,1nr -k2 | head -n 3 | cut -f 2-
