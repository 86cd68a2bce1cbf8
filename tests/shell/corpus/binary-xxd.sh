# needs: xxd
xxd -p data.bin | xxd -r -p | sha256sum
