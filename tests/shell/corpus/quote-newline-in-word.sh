printf '%s\n' 'line 1
line 2' | wc -l
