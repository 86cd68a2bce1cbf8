seq 50 | shuf --random-source=data.bin | head -n 10 | sort -n
