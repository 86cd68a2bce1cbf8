gzip -n -c data.bin | gzip -dc | cmp - data.bin
