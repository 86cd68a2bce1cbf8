FROM=${FROM:-2015}
TO=${TO:-2016}
IN=${IN:-'http://example/noaa/'}
fetch=${fetch:-"echo -n"}

seq $FROM $TO |
  sed "s;^;$IN;" |
  sed 's;$;/;' |
  xargs -n1 -r $fetch |
  grep -o noaa |
  tr -s ' \n' '\n' |
  cut -d ' ' -f9 |
  sed 's;^\(.*\)\(20[0-9][0-9]\).gz;\2/\1\2\.gz;' |
  sort -rn |
  head -n 1
