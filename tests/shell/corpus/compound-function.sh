double() { awk '{ print $1 * 2 }'; }
seq 3 | double | double
