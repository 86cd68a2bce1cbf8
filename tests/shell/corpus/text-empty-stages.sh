true | true | cat | wc -c
