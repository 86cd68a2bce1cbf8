find tree -type f -print0 | sort -z | xargs -0 cksum
