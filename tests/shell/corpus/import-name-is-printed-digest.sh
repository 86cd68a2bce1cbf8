# import: refused
sort left.txt > tmp.s
md5sum tmp.s
rm tmp.s
