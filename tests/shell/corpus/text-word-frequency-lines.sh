# one stage a line, with comments behind the bars
cat text.txt |                 # the text
    tr -cs A-Za-z '\n' |       # a word a line
    tr A-Z a-z |
    # the same words side by side
    sort |
    uniq -c |
    sort -rn -k1,1 -k2 |
    sed 5q                     # the first five
