# import: refused
false || echo no | cat
