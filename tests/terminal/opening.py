"""The debugger on a terminal, ready for keys: one of its own, or one that many tests use one after the other."""

from __future__ import annotations

import os
from collections.abc import Mapping
from functools import cache

from tests.terminal.driver import Terminal, program
from tests.terminal.warm import Warm

_warm = cache(Warm)
"""One for all tests of this process."""


def opened(
    *arguments: str,
    columns: int = 80,
    rows: int = 24,
    env: Mapping[str, str] | None = None,
    cwd: str | os.PathLike[str] | None = None,
    until: str = "step 0/",
    cold: bool = False,
) -> Terminal:
    """`lstm-tui` with these arguments, once its screen shows `until`; `cold`: started as users start it, see `warm`."""
    warm = None if cold else _warm()
    terminal = Terminal(program(*arguments), columns, rows, env=env, cwd=cwd, whole_frames=True, warm=warm)
    try:
        terminal.until(until)
    except AssertionError:
        terminal.close()
        raise
    return terminal


def resized(terminal: Terminal, columns: int, rows: int) -> Terminal:
    """The same, of that size (another number of rows, or no change at all), once the program has drawn all of it."""
    if (terminal.emulator.screen.columns, terminal.emulator.screen.lines) == (columns, rows):
        return terminal
    name = terminal.lines[0].split()[0]
    terminal.resize(columns, rows)
    terminal.until(lambda _: terminal.lines[0].split()[:1] == [name] and terminal.lines[-1].strip() != "")
    return terminal


class Shared:
    """One debugger for tests that need no process of their own, which costs two seconds for torch alone.

    Each test gets it at step 0 of `hello` on 80×24, showing what it showed the first test; where it cannot be brought
    back to that, the next test gets a new one.
    """

    def __init__(self) -> None:
        self._terminal: Terminal | None = None
        self._beginning = ""

    def lend(self) -> Terminal:
        """The debugger at its beginning."""
        if self._terminal is None:
            self._terminal = opened("hello")
            self._terminal.press("end")  # what was said on opening has been read, and every scale has its range
            self._terminal.until("step 5/5")
            self._terminal.press("home")
            self._beginning = self._terminal.until("step 0/5")
        return self._terminal

    def take_back(self) -> None:
        """After a test, whatever became of it."""
        if self._terminal is None:
            return
        try:
            self._terminal.resize(80, 24)
            self._terminal.press("home")
            self._terminal.until(lambda text: text == self._beginning, 5)
        except (AssertionError, OSError):
            self.close()

    def close(self) -> None:
        """Ends it."""
        if self._terminal is not None:
            self._terminal.close()
            self._terminal = None
