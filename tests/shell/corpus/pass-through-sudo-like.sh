seq 3 | xargs -n 1 echo item | sort -r
