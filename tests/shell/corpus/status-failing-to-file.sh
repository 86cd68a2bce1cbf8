# fails
sh -c 'seq 3; exit 4' >partial.txt
