dd if=data.bin bs=100 skip=2 count=3 2>/dev/null | od -c | tail -n 2
