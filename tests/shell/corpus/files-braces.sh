# import: free
printf '%s\n' {a,b}{1..3} | paste -s
