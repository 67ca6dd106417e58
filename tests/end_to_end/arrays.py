"""Reads and writes .npy and .png files with the standard library alone, independently of the code under test."""

import ast
import struct
import zlib

CODES = {
    "bool": ("|b1", "?"), "int8": ("|i1", "b"), "int16": ("<i2", "h"), "int32": ("<i4", "i"), "int64": ("<i8", "q"),
    "uint8": ("|u1", "B"), "uint16": ("<u2", "H"), "uint32": ("<u4", "I"), "uint64": ("<u8", "Q"),
    "float32": ("<f4", "f"), "float64": ("<f8", "d"),
}


def npy_header(descr, shape, fortran_order=False):
    """The bytes before the data; `descr` is the text of a Python literal."""
    shape_text = "(%s,)" % shape[0] if len(shape) == 1 else "(%s)" % ", ".join(map(str, shape))
    text = "{'descr': %s, 'fortran_order': %s, 'shape': %s, }" % (descr, fortran_order, shape_text)
    text += " " * (63 - (10 + len(text)) % 64) + "\n"
    return b"\x93NUMPY\x01\x00" + struct.pack("<H", len(text)) + text.encode()


def write_npy(path, type_name, shape, values):
    descr, code = CODES[type_name]
    with open(path, "wb") as file:
        file.write(npy_header("'%s'" % descr, shape))
        file.write(struct.pack("<%d%s" % (len(values), code), *values))


def read_npy(path):
    """(descr, shape, data as bytes)"""
    with open(path, "rb") as file:
        content = file.read()
    assert content[:8] == b"\x93NUMPY\x01\x00", content[:8]
    length = struct.unpack("<H", content[8:10])[0]
    assert (10 + length) % 64 == 0, "numpy aligns the data to 64 bytes"
    header = ast.literal_eval(content[10:10 + length].decode())
    assert header["fortran_order"] is False
    return header["descr"], header["shape"], content[10 + length:]


def read_values(path, type_name):
    """(shape, list of values); checks the element type."""
    descr, shape, data = read_npy(path)
    expected, code = CODES[type_name]
    assert descr == expected, (descr, expected)
    return shape, list(struct.unpack("<%d%s" % (len(data) // struct.calcsize(code), code), data))


def png_chunk(kind, data):
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def write_png(path, width, height, channels, samples):
    """8 bits per sample; `samples` is bytes in rows."""
    colour = {1: 0, 2: 4, 3: 2, 4: 6}[channels]
    row = width * channels
    raw = b"".join(b"\0" + samples[y * row:(y + 1) * row] for y in range(height))
    with open(path, "wb") as file:
        file.write(b"\x89PNG\r\n\x1a\n" + png_chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, colour, 0, 0,
                                                                         0)))
        file.write(png_chunk(b"IDAT", zlib.compress(raw)) + png_chunk(b"IEND", b""))


def read_png(path):
    """(width, height, channels, samples) of an 8-bit picture that is not interlaced."""
    with open(path, "rb") as file:
        content = file.read()
    assert content[:8] == b"\x89PNG\r\n\x1a\n"
    at, data = 8, b""
    while at < len(content):
        length = struct.unpack(">I", content[at:at + 4])[0]
        kind, body = content[at + 4:at + 8], content[at + 8:at + 8 + length]
        if kind == b"IHDR":
            width, height, depth, colour, _, _, interlace = struct.unpack(">IIBBBBB", body)
        if kind == b"IDAT":
            data += body
        at += 12 + length
    assert depth == 8 and interlace == 0
    channels = {0: 1, 4: 2, 2: 3, 6: 4}[colour]
    return width, height, channels, unfilter(zlib.decompress(data), width * channels, channels)


def unfilter(raw, row_bytes, pixel_bytes):
    result = bytearray()
    above = bytearray(row_bytes)
    for start in range(0, len(raw), row_bytes + 1):
        kind, row = raw[start], bytearray(raw[start + 1:start + 1 + row_bytes])
        for i in range(row_bytes):
            left = row[i - pixel_bytes] if i >= pixel_bytes else 0
            corner = above[i - pixel_bytes] if i >= pixel_bytes else 0
            row[i] = (row[i] + predicted(kind, left, above[i], corner)) & 0xff
        result += row
        above = row
    return bytes(result)


def predicted(kind, left, up, corner):
    if kind == 4:
        estimate = left + up - corner
        return min((left, up, corner), key=lambda value: abs(estimate - value))
    return (0, left, up, (left + up) // 2)[kind]
