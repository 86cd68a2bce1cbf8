tar -C tree --sort=name --owner=0 --group=0 --mtime=@0 -cf - . | gzip -n -9 | tee tree.tgz | sha256sum >tree.sum
