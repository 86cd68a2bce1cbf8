# import: free
name=world
cat <<END | sed 's/^/> /'
hello $name $((1 + 2)) \$5
END
