tar -C tree --sort=name --owner=0 --group=0 --mtime=@0 -cf - . | tar -tf - | sort
