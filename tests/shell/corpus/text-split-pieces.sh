seq 100 | split -l 30 -d - piece.
