dir=$(mktemp -d)
trap "rm -rf $dir" EXIT
mkfifo $dir/p $dir/q
sort numbers.txt >$dir/p &
sort -r numbers.txt >$dir/q &
paste $dir/p $dir/q | awk '{print $1+$2}' | head -3
