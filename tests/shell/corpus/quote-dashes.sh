printf -- '--%s--\n' -n -e -- | sort
