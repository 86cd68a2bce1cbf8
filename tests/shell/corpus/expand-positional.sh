# import: free
set -- x y; printf '%s\n' "$@" | sort -r
