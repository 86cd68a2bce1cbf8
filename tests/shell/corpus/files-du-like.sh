find tree -type f -printf '%s %p\n' | sort -k1,1nr -k2 | head -n 3
