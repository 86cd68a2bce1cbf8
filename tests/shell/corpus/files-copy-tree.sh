tar -C tree -cf - . | (mkdir copy && cd copy && tar -xf -)
