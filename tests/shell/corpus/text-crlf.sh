sed 's/$/\r/' text.txt | tr -d '\r' | diff - text.txt
