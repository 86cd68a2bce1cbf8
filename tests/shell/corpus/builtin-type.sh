# import: free
type -t cd | cat
