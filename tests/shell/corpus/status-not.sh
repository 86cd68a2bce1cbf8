# import: free
! grep -q zzzz text.txt
