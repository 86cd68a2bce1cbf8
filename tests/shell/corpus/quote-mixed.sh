printf '%s|' 'it'\''s' "a"'b'c "" '' x""y | tr '|' '\n'
