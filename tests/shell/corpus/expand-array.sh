# import: free
a=(one 'two three'); printf '<%s>\n' "${a[@]}" | sort
