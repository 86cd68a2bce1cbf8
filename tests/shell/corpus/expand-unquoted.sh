# import: free
args='-n 2'
seq 5 | head $args
