# import: free
umask 077 | seq 2
