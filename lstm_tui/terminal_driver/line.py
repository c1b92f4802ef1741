"""The line to the terminal, as the thread that writes to it finds it."""

from __future__ import annotations

import contextlib
import os
import select
import time
from collections.abc import Callable
from typing import IO, TextIO, cast

_SLICE = 1024  # bytes written at a time, so that a blocked line is noticed within a frame


class Line:
    """The file the writing thread writes to: says whether it had room and when all writes are through."""

    def __init__(
        self, file: IO[str], wrote: Callable[[int, bool, float], None], drained: Callable[[int], None]
    ) -> None:
        self._file = _apart(file)
        self._wrote = wrote
        self._drained = drained
        self._writes = 0
        self.gone = False
        """Whether the terminal is not there any more."""

    def write(self, text: str) -> int:
        """Write and flush in slices. Nothing more is written once the terminal is gone."""
        for start in range(0, len(text) if not self.gone else 0, _SLICE):
            part = text[start : start + _SLICE]
            try:
                full = not select.select([], [self._file], [], 0)[1]
                self._wrote(len(part.encode("utf-8", "replace")), full, time.monotonic())
                self._file.write(part)
                self._file.flush()
            except OSError:
                self.gone = True
                break
        self._writes += 1
        return len(text)

    def flush(self) -> None:
        """Called by the thread whenever its queue is empty."""
        with contextlib.suppress(OSError):
            self._file.flush()
        self._drained(self._writes)

    def fileno(self) -> int:
        """The terminal's."""
        return self._file.fileno()

    def isatty(self) -> bool:
        """Whether it is a terminal."""
        return self._file.isatty()


def _apart(file: IO[str]) -> IO[str]:
    """The same terminal by a descriptor of its own: while a user's cell runs in another thread, descriptors 1 and 2
    lead nowhere (`engine.user_cells.user_code`), and a frame that went there would be taken for shown. It stays open:
    a pause closes the driver, and the program goes on drawing afterwards."""
    of = cast(TextIO, file)
    return open(os.dup(of.fileno()), "w", encoding=of.encoding, errors=of.errors, newline="", closefd=False)
