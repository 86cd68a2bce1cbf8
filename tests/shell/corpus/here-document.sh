cat <<END | sort
pear
apple
quince
END
