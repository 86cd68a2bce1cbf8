cat <<<"two  blanks $((6 * 7))" | cut -d' ' -f 3,4
