# import: free
# fails
set -o pipefail
sh -c 'echo a; exit 5' | sh -c 'cat; exit 6' | cat
