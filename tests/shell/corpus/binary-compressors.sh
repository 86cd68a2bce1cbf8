# needs: bzip2 xz
cat data.bin | bzip2 | bzip2 -d | xz -0 | xz -d | cmp data.bin
