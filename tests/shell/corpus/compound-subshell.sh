# import: free
(seq 2; cd tree; ls | sort | head -n 1) | cat -n
