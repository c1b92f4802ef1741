"""Text of two or four bytes a character that says so nowhere: as UTF-8 it would open, full of NULs."""

from __future__ import annotations

_LOOKED_AT = 1 << 16
_CONTROLS = bytes(set(range(32)) - set(b"\t\n\f\r"))
"""Bytes that text in UTF-8 does not have: the upper bytes of most alphabets."""
_MOST, _FEW = 0.6, 0.2


def wide_encoding(data: bytes) -> str | None:
    """`utf-16-le`, `utf-16-be`, `utf-32-le` or `utf-32-be` where `data` looks like it and has no byte order mark.

    The upper bytes are small for every alphabet below U+2000, so one lane of bytes is nearly all controls and the other
    has few.
    """
    sample = data[:_LOOKED_AT]
    if len(sample) < 4 or len(data) % 2:
        return None
    if len(data) % 4 == 0:
        first, second, third, fourth = (_share(sample[lane::4], b"\0") for lane in range(4))
        if min(third, fourth) == 1 and first <= _FEW:
            return "utf-32-le"
        if min(first, second) == 1 and fourth <= _FEW:
            return "utf-32-be"
    even, odd = (_share(sample[lane::2], _CONTROLS) for lane in range(2))
    if odd >= _MOST and even <= _FEW:
        return "utf-16-le"
    if even >= _MOST and odd <= _FEW:
        return "utf-16-be"
    return None


def _share(lane: bytes, which: bytes) -> float:
    """How much of `lane` is made of the bytes `which`."""
    return 1 - len(lane.translate(None, which)) / len(lane)
