"""What a student's cell prints is caught: on the screen it would stand in the middle of a panel."""

from __future__ import annotations

import contextlib
import io
import sys
import threading
from collections.abc import Iterator
from typing import TextIO

_lock = threading.Lock()
_caught: dict[int, io.StringIO] = {}
"""Thread → where its prints go."""


class _Router(io.TextIOBase):
    """Stands in for `sys.stdout`: threads that are listened to write into their own buffer, others as before."""

    def __init__(self, behind: TextIO) -> None:
        self.behind = behind

    def write(self, text: str) -> int:
        return _caught.get(threading.get_ident(), self.behind).write(text)

    def flush(self) -> None:
        if threading.get_ident() not in _caught:
            self.behind.flush()


@contextlib.contextmanager
def prints() -> Iterator[io.StringIO]:
    """Catches what this thread prints; other threads, which may train meanwhile, are left alone."""
    me = threading.get_ident()
    buffer = io.StringIO()
    with _lock:
        outer = _caught.get(me)
        _caught[me] = buffer
        if not isinstance(sys.stdout, _Router):
            sys.stdout = _Router(sys.stdout)
    try:
        yield buffer
    finally:
        with _lock:
            if outer is not None:
                _caught[me] = outer
            else:
                del _caught[me]
            if not _caught and isinstance(sys.stdout, _Router):
                sys.stdout = sys.stdout.behind
