"""What can be seen and done while the debugger is asked and the screen stands still: a user's cell may take for ever.

The event loop does nothing meanwhile, so keys are looked at where they are read, in the driver's thread, signals where
Python hands them over, and the one row that says so is written past the screen.
"""

from __future__ import annotations

import signal
import time
from collections import deque
from typing import TYPE_CHECKING, Protocol, runtime_checkable

from lstm_tui.core.user_cell import class_name
from lstm_tui.core.vocabulary import visible

if TYPE_CHECKING:
    from collections.abc import Callable

    from textual.app import App
    from textual.timer import Timer

    from lstm_tui.debugger.apart.child import Decision
    from lstm_tui.debugger.door import DebuggerDoor
    from lstm_tui.tui.messages import Opening
    from lstm_tui.tui.screen import DebuggerScreen

SLOW = 2.0
"""Seconds after which a wait is announced, and can be ended by escape."""
LEAVING = 0.4
"""Seconds that the debugger still has to answer when someone wants to leave."""
LAST = 0.2
"""The same when a signal ends the program: it could answer, and a training in its process is to be kept."""


@runtime_checkable
class Remote(Protocol):
    """A debugger in a process of its own."""

    @property
    def busy_for(self) -> float: ...
    def watched(self, watch: Waiting) -> None: ...
    def interrupt(self) -> None: ...
    def close(self) -> None: ...


class Waiting:
    """One for the app: a `Watch` of its debugger."""

    def __init__(
        self,
        app: App[None],
        cell: str | None,
        screen: Callable[[], DebuggerScreen | None],
        end: Callable[[int], None],
    ) -> None:
        """`cell` is the first model's; `end` ends the program by a signal."""
        self._app, self._cell, self._screen, self._end = app, cell, screen, end
        self._remote: Remote | None = None
        self._typed: deque[tuple[str, float]] = deque()
        """Keys that were read and not obeyed yet, and when."""
        self._shown = ""
        self._escaped = False
        self._ending_since: float | None = None
        self._looking: Timer | None = None

    # What the debugger asks

    def look(self, seconds: float, what: str) -> Decision:
        """See `Watch`."""
        end_soon = self._ending_since
        if (end_soon is not None and time.monotonic() - end_soon > LAST) or self._wants_to_leave():
            return "leave"
        if seconds >= SLOW and self._shown != what:
            self._shown = what
            self._write_over(what)
        return "interrupt" if self._escaped else "wait"

    def over(self) -> None:
        """See `Watch`."""
        if self._shown:
            self._shown, self._escaped = "", False
            screen = self._screen()
            if screen is not None:
                screen.program.redraw()

    def _write_over(self, sentence: str) -> None:
        """A sentence where the screen has its own."""
        write_over, screen = getattr(self._app.driver_class, "write_over", None), self._screen()
        if write_over is not None and screen is not None:
            write_over(self._app, screen.message_at, sentence)

    def _wants_to_leave(self) -> bool:
        """Whether q, first of what was typed, or Ctrl+C waits to be obeyed for too long."""
        now = time.monotonic()
        for at, (key, since) in enumerate(tuple(self._typed)):
            if now - since < LEAVING:
                return False
            if key == "ctrl+c":
                self.end_soon()
                self._app.call_later(self._end, int(signal.SIGINT))
            if key in ("ctrl+c", "ctrl+q") or (key == "q" and at == 0):
                return True
        return False

    # What happens meanwhile

    def typed(self, key: str) -> bool:
        """A key was read, in the driver's thread; whether it was meant for us and is nobody else's."""
        if key == "escape" and self._shown:
            self._escaped = True
            return True
        self._typed.append((key, time.monotonic()))
        return False

    def key_seen(self) -> None:
        """The first of the keys has come where it was meant to."""
        if self._typed:
            self._typed.popleft()

    def end_soon(self) -> None:
        """A signal says that the program must end: nothing is waited for much longer."""
        if self._ending_since is None:
            self._ending_since = time.monotonic()

    # Opening, which is done in a thread and stops nothing

    def opening(self, opening: Opening) -> None:
        """What is being opened; only one that has a process of its own is ever waited for."""
        self._remote = opening if isinstance(opening, Remote) else None

    def start(self) -> None:
        """Look from time to time whether it takes long."""
        self._looking = self._app.set_interval(SLOW / 4, self._look_at_opening, name="opening")

    def _look_at_opening(self) -> None:
        screen = self._screen()
        if self._opening_long and screen is not None:
            name = visible(class_name(self._cell or ""))
            screen.show_message(f"{name} takes long: escape interrupts")

    def opened(self, debugger: DebuggerDoor) -> None:
        """It will be asked from now on, in this thread."""
        if self._looking is not None:
            self._looking.stop()
        if isinstance(debugger, Remote):
            debugger.watched(self)

    @property
    def _opening_long(self) -> bool:
        """Whether a cell has been at work for long while its model is opened."""
        return self._remote is not None and self._remote.busy_for > SLOW

    def interrupt_opening(self) -> bool:
        """Whether there was anything to interrupt."""
        if not self._opening_long or self._remote is None:
            return False
        self._remote.interrupt()
        return True

    def close(self) -> None:
        """End the process there may be."""
        if self._remote is not None:
            self._remote.close()
