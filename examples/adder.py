#!/usr/bin/env python3
"""adder LIBRARY COUNT: adds 1 to a number in shared memory, as others do at the same time."""
import ctypes
import sys

lib = ctypes.CDLL(sys.argv[1])
lib.pipectl_region_open.restype = ctypes.c_void_p
lib.pipectl_region_open.argtypes = [ctypes.c_char_p]
lib.pipectl_region_bytes.restype = ctypes.POINTER(ctypes.c_int64)
lib.pipectl_region_bytes.argtypes = [ctypes.c_void_p, ctypes.POINTER(ctypes.c_size_t)]
lib.pipectl_region_lock.argtypes = [ctypes.c_void_p]
lib.pipectl_region_unlock.argtypes = [ctypes.c_void_p]
lib.pipectl_error.restype = ctypes.c_char_p

region = lib.pipectl_region_open(b"counter")
if not region:
    sys.exit("adder: " + lib.pipectl_error().decode())
counter = lib.pipectl_region_bytes(region, None)
for _ in range(int(sys.argv[2])):
    if lib.pipectl_region_lock(region) < 0:
        sys.exit("adder: " + lib.pipectl_error().decode())
    counter[0] += 1
    lib.pipectl_region_unlock(region)
