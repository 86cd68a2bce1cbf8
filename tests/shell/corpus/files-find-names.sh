find tree -name '*.txt' -type f | grep -v "'" | sort | xargs -I{} basename {} .txt
