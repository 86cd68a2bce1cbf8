echo 'a | b' "c || d" | tr '|' x
