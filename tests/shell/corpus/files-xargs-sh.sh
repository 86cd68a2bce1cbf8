find tree -type f -print0 | sort -z | xargs -0 -n 1 sh -c 'wc -c <"$1"' sh | paste -sd' '
