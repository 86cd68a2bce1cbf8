#!/usr/bin/env python3
"""total LIBRARY: the sum of the numbers that come in, one a line, through the C interface."""
import ctypes
import sys

lib = ctypes.CDLL(sys.argv[1])
lib.pipectl_input_open.restype = ctypes.c_void_p
lib.pipectl_input_open.argtypes = [ctypes.c_char_p]
lib.pipectl_input_peek.restype = ctypes.c_ssize_t
lib.pipectl_input_peek.argtypes = [
    ctypes.c_void_p,
    ctypes.POINTER(ctypes.c_void_p),
    ctypes.POINTER(ctypes.c_int),
]
lib.pipectl_input_release.argtypes = [ctypes.c_void_p, ctypes.c_size_t]
lib.pipectl_error.restype = ctypes.c_char_p

port = lib.pipectl_input_open(b"stdin")
if not port:
    sys.exit("total: " + lib.pipectl_error().decode())

total = 0
rest = b""
data = ctypes.c_void_p()
while (size := lib.pipectl_input_peek(port, ctypes.byref(data), None)) > 0:
    lines = (rest + ctypes.string_at(data, size)).split(b"\n")
    rest = lines.pop()
    total += sum(map(int, lines))
    lib.pipectl_input_release(port, size)
if size < 0:
    sys.exit("total: " + lib.pipectl_error().decode())
print(total + (int(rest) if rest else 0))
