# fails
find nowhere text.txt 2>/dev/null | sort
