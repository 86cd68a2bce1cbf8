printf 'x\n'
cat text.txt | perl -lane 'open(F, "<", "text.txt") or die "no: $!"; print $F[0] if $. < 3'
