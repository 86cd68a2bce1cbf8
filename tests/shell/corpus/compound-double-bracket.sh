# import: free
seq 3 | [[ a < b ]]
