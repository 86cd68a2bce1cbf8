# needs: rev
# needs: rev
tr -cs a-z '\n' <text.txt | sort -u | rev | sort | rev | grep . | head -n 20
