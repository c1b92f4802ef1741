"""Signals that end the program, and the pause."""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import sys
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

SIGNALS = (signal.SIGTERM, signal.SIGHUP, signal.SIGINT)
"""Those that have an exit code of their own."""
_DEADLY = ("SIGQUIT", "SIGABRT", "SIGUSR1", "SIGUSR2", "SIGALRM", "SIGVTALRM", "SIGPROF", "SIGXCPU")
_DEADLY_ON_LINUX = ("SIGIO", "SIGPWR", "SIGSTKFLT")


def deadly() -> list[int]:
    """The other signals that end a program unless it says something else. Not those of a fault in machine code: where
    Python handles them, the faulty instruction is tried for ever.
    """
    linux = sys.platform == "linux"
    numbers = [int(getattr(signal, name)) for name in (*_DEADLY, *(_DEADLY_ON_LINUX if linux else ()))]
    return [*numbers, *(range(signal.SIGRTMIN, signal.SIGRTMAX + 1) if linux else ())]


def die_of(code: int) -> None:
    """Where an exit code stands for a `deadly` signal, the process ends by it, as its sender expects."""
    if code - 128 in deadly():
        os.kill(os.getpid(), code - 128)


class Signals:
    """While it is entered, the signals that end a program are calls of a function, with the number of the signal."""

    def __init__(self, obey: Callable[[int], None], notice: Callable[[], None] = lambda: None) -> None:
        self._obey = obey
        self._notice = notice
        """Called at once, even while the loop stands still."""
        self._loop: asyncio.AbstractEventLoop | None = None
        self._taken: list[int] = []
        """The `deadly` signals that had no other handler."""

    def enter(self) -> None:
        """From the running loop of the main thread; elsewhere nothing happens."""
        loop = asyncio.get_running_loop()
        with contextlib.suppress(ValueError, RuntimeError, NotImplementedError):
            for number in SIGNALS:
                loop.add_signal_handler(number, self._obey, int(number))
                signal.signal(number, self._noticed)  # the loop is woken by a descriptor, whoever handles
            # Not through the loop, which takes 0.2 ms for each of these forty: the first frame waits for them.
            self._taken = [number for number in deadly() if signal.getsignal(number) == signal.SIG_DFL]
            for other in self._taken:
                signal.signal(other, self._die)
            self._loop = loop

    def _noticed(self, number: int, frame: object) -> None:
        self._notice()

    def _die(self, number: int, frame: object) -> None:
        """In the main thread, wherever the loop stands; not called where a cell of the user's has its own handler."""
        if self._loop is None or self._loop.is_closed():  # nothing is left that could handle it
            signal.signal(number, signal.SIG_DFL)
            os.kill(os.getpid(), number)
        else:
            self._notice()
            self._loop.call_soon_threadsafe(self._obey, number)

    def leave(self) -> None:
        """As it was before."""
        if self._loop is not None:
            for number in SIGNALS:
                with contextlib.suppress(ValueError, RuntimeError):
                    self._loop.remove_signal_handler(number)
            for other in self._taken:
                with contextlib.suppress(ValueError):
                    signal.signal(other, signal.SIG_DFL)
            self._loop = None


def can_come_back() -> bool:
    """Whether a shell with job control would wake the program after a pause.

    Started by tmux or sshd directly, it is in the group of its session's leader, and no shell would.
    """
    try:
        return os.getpgid(os.getsid(0)) != os.getpgrp()
    except OSError:
        return True
