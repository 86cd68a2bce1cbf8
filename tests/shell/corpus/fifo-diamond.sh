# import: free
mkfifo side
seq 1000 | tee side | sed 's/$/ main/' | join - side | tail -n 2; rm side
