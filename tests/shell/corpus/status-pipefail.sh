# import: refused
set -o pipefail; false | cat; echo "status $?"
