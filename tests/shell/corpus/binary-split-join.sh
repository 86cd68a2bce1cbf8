# import: free
split -b 1000 data.bin part. && cat part.* | cmp - data.bin
