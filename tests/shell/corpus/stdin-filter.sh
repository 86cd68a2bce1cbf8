# stdin: text.txt
grep -i the | wc -l
