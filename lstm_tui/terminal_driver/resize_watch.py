"""Notices that a terminal which changed its size has settled, for two things go wrong on the way.

A terminal that is back at its old size before anybody has looked has lost what did not fit meanwhile; its size says
nothing of that, so neither Textual nor the copy of the screen would draw it again. And where two changes follow
closely, Textual may lose the second: the layout for the first sends its screen a `Resize` too, which then takes the
place of the newer one that is waiting.
"""

from __future__ import annotations

import asyncio
import contextlib
import signal
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from textual.events import Resize
from textual.geometry import Size

if TYPE_CHECKING:
    from textual.app import App

_SETTLED = 0.1  # s without a change


class Sizes:
    """Calls `settled` when the size has changed and has settled, with it and whether it had settled on it before."""

    def __init__(
        self,
        loop: asyncio.AbstractEventLoop,
        size: Callable[[], tuple[int, int]],
        settled: Callable[[tuple[int, int], bool], None],
    ) -> None:
        self._loop = loop
        self._size = size
        self._tell = settled
        self._known: tuple[int, int] | None = None
        self._timer: asyncio.TimerHandle | None = None

    def listen(self) -> None:
        """Start watching. Callers that are notified already stay so."""
        self._known = self._size()
        heard: Any = signal.getsignal(signal.SIGWINCH)

        def resized(number: int, frame: object) -> None:
            if callable(heard):
                heard(number, frame)
            self.changed()

        signal.signal(signal.SIGWINCH, resized)

    def stop(self) -> None:
        """Nothing draws any more."""
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
        self._tell(self._known, self._known == before)


def tell(app: App[Any], size: tuple[int, int]) -> None:
    """Every screen of `app` that takes the terminal for another size learns of this one."""
    for screen in app.screen_stack:
        if screen.outer_size != size:
            screen.post_message(Resize(Size(*size), Size(*size)))
