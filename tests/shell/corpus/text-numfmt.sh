seq 1000 1000 5000 | numfmt --to=iec --format='%8f' | tr -d ' '
