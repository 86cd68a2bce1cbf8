diff <(grep -v '^#' text.txt | sort) <(sed '/^#/d' text.txt | sort)
