find tree -type f -print0 | sort -z | xargs -0 sha256sum | cut -c 1-16 | sort | uniq -c | awk '{ print $1 }' | sort | uniq -c
