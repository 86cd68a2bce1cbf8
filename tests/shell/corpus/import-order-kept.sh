sort left.txt > l.sorted
sort right.txt > r.sorted
comm -12 l.sorted r.sorted > both
