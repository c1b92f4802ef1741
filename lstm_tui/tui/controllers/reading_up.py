"""What the screen looks back at is read aside where that takes long: a step can be looked at before its past can."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from textual.message import Message

from lstm_tui.tui.frame import steps_shown
from lstm_tui.tui.view import DebuggerView

if TYPE_CHECKING:
    from lstm_tui.debugger.door import DebuggerDoor, JobDoor
    from lstm_tui.tui.layout import Viewport

SOON = 0.06
"""Seconds that anybody waits for a run: most have arrived by then, and the key that follows finds them there."""


class ReadingUp(DebuggerView):
    """One run at a time that steps through what is to be looked at, and has everything shown at its end.

    Until then the step stands there with its equations, and what is made from many steps is absent.
    """

    class HasRead(Message):
        """A run has come to its end in its thread."""

        def __init__(self, run: JobDoor) -> None:
            super().__init__()
            self.run = run

    _aside: JobDoor | None = None
    """The run that reads, or that failed to."""

    def read_up(self, debugger: DebuggerDoor, viewport: Viewport) -> bool:
        """See `DebuggerView.read_up`."""
        first, last = steps_shown(debugger, self.selection, viewport, self.over_time)
        run = self._aside
        if debugger.at_hand(first, last):
            self._leave_off()
            return True
        if run is None or not debugger.follows(run):
            self._leave_off()
            run = debugger.reading_up(first, last)
            run.run(SOON)
            if run.outcome == "there":
                debugger.learn(run)
                return True
            self._aside = run
            if run.outcome == "running":
                self.run_worker(partial(self._read_on, run), name="read", group="read", thread=True)
        return run.outcome == "failed"  # the cell's own account is given by whoever asks it for numbers

    def _read_on(self, run: JobDoor) -> None:
        """In the thread: nothing of the screen may be touched here but its message queue."""
        try:
            run.run()
        finally:
            self.post_message(self.HasRead(run))

    def on_reading_up_has_read(self, event: HasRead) -> None:
        if self._aside is not event.run or self.debugger is None:
            return
        said = self.message == self._reading()
        self.debugger.learn(event.run)
        if event.run.outcome != "failed":
            self._aside = None
        self.present(None if said else self.message)

    def _leave_off(self) -> None:
        if self._aside is not None:
            self._aside.cancel()
            self._aside = None

    def _reading(self) -> str:
        run = self._aside
        return "" if run is None or run.outcome == "failed" else f"reading the last {run.goal - run.start:,} steps …"

    def standing(self) -> str:
        return self._reading() or super().standing()

    def on_unmount(self) -> None:
        """A thread that reads on would keep the program alive."""
        self._leave_off()
