# import: free
HOME=/a/home; echo ~ ~/x | cat
