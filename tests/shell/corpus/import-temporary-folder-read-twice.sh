TEMPDIR=$(mktemp -d)
cat text.txt | tr -sc '[A-Z][a-z]' '[\012*]' | sort -u > ${TEMPDIR}/types
rev < ${TEMPDIR}/types > ${TEMPDIR}/types.rev
sort ${TEMPDIR}/types ${TEMPDIR}/types.rev | uniq -c | awk "\$1 >= 2 {print \$2}"
rm -r $TEMPDIR
