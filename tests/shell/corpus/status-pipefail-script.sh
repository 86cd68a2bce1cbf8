# import: free
set -euo pipefail
seq 5 | sort -rn | head -n 2
