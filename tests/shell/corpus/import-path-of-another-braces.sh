base=tree
sub=${base}/large.txt
wc -w < "${sub}" | tr -d ' '
