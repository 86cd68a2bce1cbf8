# import: refused
set_it() { Y=5; }
set_it
echo "[$Y]" | cat
