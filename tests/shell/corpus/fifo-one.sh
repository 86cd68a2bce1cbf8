mkfifo f; seq 10 >f & sort -rn <f | head -n 2; rm f
