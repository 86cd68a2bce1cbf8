# import: free
printf '%q %5.2f %(%Y)T\n' "a b" 3.14159 0 | cat
