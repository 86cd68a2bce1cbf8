base64 -w 60 data.bin | base64 -d | md5sum
