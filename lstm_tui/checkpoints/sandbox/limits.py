"""How much of a foreign file is read, and the sentence for one that stays shut. Imports nothing: the child needs it.

Of what the program allows itself elsewhere (`core.vocabulary`), the child has numbers of its own.
"""

from __future__ import annotations

MOST_FILE_BYTES = 1 << 30
"""Of any model file, ours or foreign: what is read of it stays proportional to it."""
MOST_HEADER_BYTES = 64 << 20
"""The largest vocabulary, every character of it escaped twice."""
MOST_PICKLE_BYTES = 48 << 20
MOST_SIDECAR_BYTES = 8 << 20
MOST_TENSORS = 10_000
MOST_SYMBOLS = 400_000
LONGEST_SYMBOL = 1_000
MOST_CHARACTERS = 4_000_000
"""Of all symbols together."""
DAMAGED = "save or download it again"


def most_unpacked(size: int) -> int:
    """Bytes that may be in a file of `size`: torch packs nothing, weights packed afterwards give less than half."""
    return min(MOST_FILE_BYTES, (16 << 20) + 10 * size)


class Unreadable(Exception):
    """A file that is not opened. The sentence is a predicate: the caller puts the file's name in front."""
