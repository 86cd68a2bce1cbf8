# import: free
f=archive.tar.gz; echo "${f%.gz}" "${f##*.}" "${#f}" | tr ' ' '\n'
