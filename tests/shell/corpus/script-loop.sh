for f in left.txt right.txt; do sort "$f" | head -n 1; done
