# import: free
printf '%s\n' $"translated" | cat
