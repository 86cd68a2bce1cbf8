# import: free
sort left.txt >l.sorted
sort right.txt >r.sorted
join l.sorted r.sorted | wc -l
