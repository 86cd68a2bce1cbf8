printf 'a\tb\tc\n' | expand -t 4 | unexpand -a -t 4 | fold -w 3 | od -c
