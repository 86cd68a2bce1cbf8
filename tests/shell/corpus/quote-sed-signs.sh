echo 'a/b & c' | sed 's/\//|/; s/&/\&\&/' | tr '|' '!'
