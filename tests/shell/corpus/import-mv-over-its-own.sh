set -e
sort -r left.txt > left.tmp; mv left.tmp left.txt
cat left.t* | head -n 3
