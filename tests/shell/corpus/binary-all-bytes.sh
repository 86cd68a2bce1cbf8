cat data.bin data.bin | tr '\000-\377' '\001-\377\000' | cksum
