nl -ba text.txt | sed -n '10,20p' | sed 's/^ *//' | tr '\t' ':'
