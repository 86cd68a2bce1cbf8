# import: free
set -o pipefail; false | cat; echo "status $?"
