"""A file of which only so much is handed out: a structure that leads back into itself is read for ever otherwise."""

from __future__ import annotations

from typing import IO

from lstm_tui.checkpoints.sandbox.limits import DAMAGED, Unreadable

MOST_READS = 300_000
MOST_READ_BYTES = 64 << 20


class Metered:
    """Reads and seeks in `file` (`size` bytes); has no descriptor, so that it cannot be opened again by name."""

    closed = False

    def __init__(self, file: IO[bytes], size: int) -> None:
        self._file, self._size = file, size
        self._reads, self._bytes = MOST_READS, MOST_READ_BYTES + size

    def read(self, count: int = -1) -> bytes:
        """At most what is left of the file. Raises `Unreadable` where the structure takes far more than it should."""
        left = max(0, self._size - self._file.tell())
        data = self._file.read(left if count is None or count < 0 else min(count, left))
        self._reads -= 1
        self._bytes -= len(data)
        if self._reads < 0 or self._bytes < 0:
            raise Unreadable(f"has a structure that never ends; {DAMAGED}")
        return data

    def seek(self, offset: int, whence: int = 0) -> int:
        """As of any file."""
        return self._file.seek(offset, whence)

    def tell(self) -> int:
        """As of any file."""
        return self._file.tell()
