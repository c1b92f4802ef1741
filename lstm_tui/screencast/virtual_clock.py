"""An event loop with a clock of its own: time passes only where everybody has nothing left to do.

A wait takes no time, a training none either: while a thread works the clock stands still, and what it brings has
arrived before anything else happens. So a script that is played twice meets the same screens at the same times, on a
fast machine and on a busy one.
"""

from __future__ import annotations

import asyncio
import contextlib
import selectors
from collections.abc import Callable, Iterator
from typing import Any


class _Selector(selectors.DefaultSelector):
    """Where the loop would go to sleep."""

    loop: VirtualLoop

    def select(self, timeout: float | None = None) -> list[Any]:
        if timeout is not None and timeout <= 0:
            return super().select(0)
        ready = super().select(0)
        if ready:
            return ready
        if self.loop.working or timeout is None:
            return super().select(None)  # a thread will call
        self.loop.pass_time(timeout)
        return []


class VirtualLoop(asyncio.SelectorEventLoop):
    """Use it as a runner's `loop_factory`."""

    def __init__(self) -> None:
        self.clock = 0.0
        self.working = 0
        """Threads that the loop waits for."""
        self.before_time_passes: Callable[[], None] | None = None
        """Called whenever all is done that can be done at this moment."""
        selector = _Selector()
        selector.loop = self
        super().__init__(selector)

    def time(self) -> float:
        """Seconds since the loop was made."""
        return self.clock

    def pass_time(self, seconds: float) -> None:
        """Everybody waits, the first of them for `seconds`."""
        if self.before_time_passes is not None:
            self.before_time_passes()
        self.clock += seconds

    def run_in_executor(self, executor: Any, func: Any, *args: Any) -> Any:  # type: ignore[override]  # any future
        """Work in a thread, during which no time passes."""
        future: asyncio.Future[Any] = super().run_in_executor(executor, func, *args)
        self.working += 1
        future.add_done_callback(self._done)
        return future

    def _done(self, _: asyncio.Future[Any]) -> None:
        self.working -= 1

    async def shutdown_default_executor(self, timeout: float | None = None) -> None:
        """Waits for the threads as long as they take."""
        self.working += 1
        try:
            await super().shutdown_default_executor()
        finally:
            self.working -= 1


@contextlib.contextmanager
def textual_follows(loop: VirtualLoop) -> Iterator[None]:
    """Textual's timers look at a clock of the module `textual._time`: here it is the loop's."""
    from textual import _time

    before = _time.get_time
    _time.get_time = loop.time
    try:
        yield
    finally:
        _time.get_time = before
