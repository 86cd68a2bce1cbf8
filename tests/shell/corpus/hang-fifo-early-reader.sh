# right: seq 300000 | head -n 1 >first.txt; seq 300000 | wc -l
mkfifo F
head -n 1 F >first.txt &
seq 300000 | tee F | wc -l
wait
rm F
