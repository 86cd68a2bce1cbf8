# import: free
sed '1!G;h;$!d' text.txt | tac | cmp - text.txt && echo same
