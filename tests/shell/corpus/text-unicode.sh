tr -s ' ' <unicode.txt | sed 's/ä/ae/g; s/é/e/' | cut -d' ' -f 2 | sort
