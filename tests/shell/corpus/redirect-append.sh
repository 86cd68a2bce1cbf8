# import: free
echo one >log.txt; seq 3 | sed 's/^/n/' >>log.txt
