# two copies of 200 MB meet again, and the one that is wanted first is late by all of its length
# right: for i in 1 2; do yes 0123456789 | head -c 200000009; done | cksum
mkfifo F
yes 0123456789 | head -c 200000009 | tee F | tac | cat - F | cksum
rm F
