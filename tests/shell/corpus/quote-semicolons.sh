awk 'BEGIN { print "a;b" ; print "c|d" ; print "e&f" }' | sort
