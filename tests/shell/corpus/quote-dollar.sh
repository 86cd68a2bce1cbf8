printf '%s' $'tab\there\nline\x41\u00e9\'q\0cut' | od -c
