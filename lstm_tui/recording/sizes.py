"""Notices a terminal that changes its size and is back at the old one before anybody has looked.

It has lost what did not fit on the way. Its size says nothing of that, so neither Textual nor the copy of the screen
would draw it again.
"""

from __future__ import annotations

import asyncio
import contextlib
import signal
from collections.abc import Callable
from typing import Any

_SETTLED = 0.1  # s without a change


class Sizes:
    """Calls `back` when the size has changed and has settled on the one that it had settled on before."""

    def __init__(
        self, loop: asyncio.AbstractEventLoop, size: Callable[[], tuple[int, int]], back: Callable[[], None]
    ) -> None:
        self._loop = loop
        self._size = size
        self._back = back
        self._known: tuple[int, int] | None = None
        self._timer: asyncio.TimerHandle | None = None

    def listen(self) -> None:
        """From now on. Whoever hears of changes already goes on to do so."""
        self._known = self._size()
        heard: Any = signal.getsignal(signal.SIGWINCH)

        def resized(number: int, frame: object) -> None:
            if callable(heard):
                heard(number, frame)
            self.changed()

        signal.signal(signal.SIGWINCH, resized)

    def stop(self) -> None:
        """Nobody draws any more."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def changed(self) -> None:
        """The terminal says that it has another size. From any thread, and from a signal's handler."""
        with contextlib.suppress(RuntimeError):  # the loop may be gone already
            self._loop.call_soon_threadsafe(self._wait)

    def _wait(self) -> None:
        self.stop()
        self._timer = self._loop.call_later(_SETTLED, self._settled)

    def _settled(self) -> None:
        self._timer = None
        before, self._known = self._known, self._size()
        if self._known == before:
            self._back()
