printf 'a\0b\0\0c' | tr '\0' '\n' | cat -A
