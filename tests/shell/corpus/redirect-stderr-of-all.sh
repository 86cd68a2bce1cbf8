# import: free
{ echo a; cat nowhere; echo b; } 2>/dev/null | tac
