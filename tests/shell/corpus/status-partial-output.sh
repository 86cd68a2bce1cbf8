# fails
sh -c 'seq 3; exit 4' | sort -r >partial.txt
