sed G text.txt | sed -n 'n;d;p' | sed '/^$/d;s/^[ \t]*//;s/\(.*\)the/\1THE/' | sed '$!N;s/\n/ /' | head -n 7
