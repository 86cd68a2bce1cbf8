find tree -name '*.txt' | sort | sed 's/\(.*\)\.txt$/mv "&" "\1.md"/' | head -n 2
