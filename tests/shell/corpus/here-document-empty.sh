cat <<END | wc -c
END
