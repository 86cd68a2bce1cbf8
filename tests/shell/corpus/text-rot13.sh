tr A-Za-z N-ZA-Mn-za-m <text.txt | tr A-Za-z N-ZA-Mn-za-m | cmp text.txt -
