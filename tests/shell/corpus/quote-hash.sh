echo a#b 'c # d' # a comment | cat
