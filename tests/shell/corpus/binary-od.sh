od -An -tx1 -v data.bin | tr -d ' \n' | fold -w 64 | head -n 4
