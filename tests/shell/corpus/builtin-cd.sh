# import: free
cd tree | pwd | xargs basename >/dev/null
