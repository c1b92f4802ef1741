"""A terminal at the end of a slow line: bytes arrive at a given speed and late, and so do keys and answers.

A thread carries bytes between the program's pseudo-terminal and whoever watches. It keeps what was said when, so that
a test can ask how many bytes had to pass before something was shown, without looking at a clock.
"""

from __future__ import annotations

import contextlib
import os
import select
import threading
import time
from collections import deque

from tests.terminal.driver import Emulator, Terminal

QUESTION, ANSWER = b"\x1b[?2026$p", b"\x1b[?2026;2$y"


class SlowLine:
    """Carries for `terminal` at `speed` bytes a second, `delay` seconds each way, until it is closed."""

    def __init__(self, terminal: Terminal, speed: float, delay: float) -> None:
        self.shown = Emulator(terminal.emulator.screen.columns, terminal.emulator.screen.lines)
        self.carried = 0
        """Bytes the terminal has been given."""
        self.changed = threading.Condition()
        self._terminal, self._speed, self._delay = terminal, speed, delay
        self._keys: deque[tuple[float, bytes]] = deque()
        self._closing = False
        self._thread = threading.Thread(target=self._carry)

    def __enter__(self) -> SlowLine:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._closing = True
        self._thread.join()

    def press(self, keys: bytes) -> None:
        """They reach the program after the delay."""
        self._keys.append((time.monotonic() + self._delay, keys))

    def until(self, wanted: str, deadline: float = 30) -> int:
        """The bytes carried when the terminal first showed `wanted`. Raises AssertionError with the screen."""
        with self.changed:
            there = self.changed.wait_for(lambda: wanted in "\n".join(self.shown.lines), deadline)
            assert there, f"the screen never showed {wanted!r}:\n" + "\n".join(self.shown.lines)
            return self.carried

    def _carry(self) -> None:
        master = self._terminal.descriptor
        on_the_way: deque[tuple[float, bytes]] = deque()
        free = 0.0
        tail = b""
        while not self._closing:
            now = time.monotonic()
            while self._keys and self._keys[0][0] <= now:
                os.write(master, self._keys.popleft()[1])
            # No more is read than the line has room for: the rest waits in the pseudo-terminal, as in a socket.
            if free <= now and select.select([master], [], [], 0.004)[0]:
                with contextlib.suppress(OSError):
                    data = os.read(master, 256)
                    free = max(now, free) + len(data) / self._speed
                    on_the_way.append((free + self._delay, data))
            elif free > now:
                time.sleep(min(free - now, 0.004))
            while on_the_way and on_the_way[0][0] <= time.monotonic():
                data = on_the_way.popleft()[1]
                tail += data
                for _ in range(tail.count(QUESTION)):
                    self.press(ANSWER)
                tail = tail[tail.rfind(QUESTION) + len(QUESTION) :][-len(QUESTION) :] if QUESTION in tail else tail[-8:]
                with self.changed:
                    self.shown.feed(data)
                    self.carried += len(data)
                    self.changed.notify_all()
