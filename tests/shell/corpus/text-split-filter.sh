seq 20 | split -l 7 --filter='gzip -n >$FILE.gz' - p.
