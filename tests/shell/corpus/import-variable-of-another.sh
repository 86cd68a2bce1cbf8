DIR=.
IN=${IN:-$DIR/text.txt}
cat $IN | wc -l
