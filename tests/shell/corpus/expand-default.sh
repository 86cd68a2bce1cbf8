seq "${COUNT:-4}" | sort -r | head -n "${TOP:-2}"
