head -c 1000 data.bin | tail -c 10 | od -An -tu1
