"""The first frame of a GIF as pixels, read without any library."""

from __future__ import annotations

from pathlib import Path

Pixels = list[list[tuple[int, int, int]]]


def first_frame(path: Path) -> Pixels:
    data = path.read_bytes()
    assert data[:6] == b"GIF89a"
    at, table = 13, b""
    if data[10] & 0x80:
        at += 3 << (data[10] & 7) + 1
        table = data[13:at]
    while data[at] == 0x21:  # extensions
        at += 2
        _, at = _blocks(data, at)
    assert data[at] == 0x2C
    left, top, width, height = (int.from_bytes(data[at + k : at + k + 2], "little") for k in (1, 3, 5, 7))
    assert (left, top) == (0, 0), "the first frame is the whole picture"
    packed = data[at + 9]
    at += 10
    if packed & 0x80:
        size = 3 << (packed & 7) + 1
        table, at = data[at : at + size], at + size
    codes, _ = _blocks(data, at + 1)
    indices = _unpacked(codes, data[at])
    colours = [(table[k], table[k + 1], table[k + 2]) for k in range(0, len(table), 3)]
    return [[colours[index] for index in indices[row * width : (row + 1) * width]] for row in range(height)]


def _blocks(data: bytes, at: int) -> tuple[bytes, int]:
    whole = b""
    while size := data[at]:
        whole += data[at + 1 : at + 1 + size]
        at += 1 + size
    return whole, at + 1


def _unpacked(data: bytes, smallest: int) -> bytes:
    """LZW, as the format has it."""
    clear, end = 1 << smallest, (1 << smallest) + 1
    known: list[bytes] = []
    made, before = bytearray(), b""
    bits = held = at = 0
    size = smallest + 1
    while True:
        while bits < size:
            held |= data[at] << bits
            bits, at = bits + 8, at + 1
        code, held, bits = held & ((1 << size) - 1), held >> size, bits - size
        if code == clear:
            known, size, before = [bytes([k]) for k in range(clear)] + [b"", b""], smallest + 1, b""
        elif code == end:
            return bytes(made)
        else:
            piece = known[code] if code < len(known) else before + before[:1]
            made += piece
            if before and len(known) < 4096:
                known.append(before + piece[:1])
            before = piece
            if len(known) == 1 << size and size < 12:
                size += 1
