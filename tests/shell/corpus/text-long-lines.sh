head -c 300000 /dev/zero | tr '\0' x | fold -w 100000 | awk '{ print length }'
