"""The second model on the screen: it goes wherever the first one goes, and reads whatever that reads."""

from __future__ import annotations

import os
from dataclasses import replace
from typing import TYPE_CHECKING

from lstm_tui.core.filesystem.bundled import bundled_path
from lstm_tui.core.questions.comparison import ComparedStep
from lstm_tui.tui.frame import Between, Frame, frame_of
from lstm_tui.tui.jobs import run_in_thread
from lstm_tui.tui.layout import Viewport

if TYPE_CHECKING:
    from collections.abc import Callable

    from lstm_tui.debugger.contrasts.pair import Pair
    from lstm_tui.debugger.door import DebuggerDoor, JobDoor
    from lstm_tui.debugger.prepared import Prepared
    from lstm_tui.tui.selection import Selection
    from lstm_tui.tui.view import DebuggerView


class Companion:
    """`a` and `b`, one of which is selected: keys act on that one."""

    def __init__(
        self,
        view: DebuggerView,
        pair: Pair,
        both: tuple[DebuggerDoor, DebuggerDoor],
        prepared: tuple[Prepared, Prepared],
        again: Callable[[], None],
    ) -> None:
        """Opened from `prepared`; `again` shows the same step anew, once there is more to be said of it."""
        self._view, self._pair, self._again = view, pair, again
        self.both, self.prepared = both, prepared
        self.selected = 0
        self._parting: JobDoor | None = None
        self._parting_of: object = None

    @property
    def other(self) -> DebuggerDoor:
        """The one that is not selected."""
        return self.both[1 - self.selected]

    @property
    def asked(self) -> str:
        """The second one as it can be asked for again: a file, a bundled model, `cell:KIND`."""
        second = self.prepared[1]
        model = second.options.model
        return second.name if model is None else model if bundled_path(model) else os.path.abspath(model)

    def switch(self) -> DebuggerDoor:
        """Selects the other one, which is returned."""
        self.selected = 1 - self.selected
        chosen = self.both[self.selected]
        chosen.stops.adopt(self.other.stops)
        return chosen

    def patching(self) -> JobDoor:
        """A job that gives the selected one the other one's states. Raises `UserError` where they do not fit."""
        return self._pair.patching(self.selected)

    def near(self, position: int) -> bool:
        """Whether the other one can go there at once."""
        return self.other.near(position)

    def follow(self) -> None:
        """The other one goes where the selected one is. Raises `UserError` where it cannot read what that reads."""
        self._pair.follow(self.selected)

    def beside(self, frame: Frame, selection: Selection, viewport: Viewport) -> Frame:
        """The selected one's `frame`, with those of both."""
        other, layer = self.other, min(selection.layer, len(self.other.step.layers) - 1)
        seen = replace(selection, layer=layer, explaining=False, beside=False, slope=None, view="bars")
        theirs = frame_of(other, seen, Viewport(viewport.width, (0, 0), mono=viewport.mono, solid=viewport.solid), None)
        mine = replace(frame, mark=f"▸{'ab'[self.selected]}")
        theirs = replace(theirs, mark=f" {'ab'[1 - self.selected]}")
        sides = (theirs, mine) if self.selected else (mine, theirs)
        a, b = (side.step for side in sides)
        if a is None or b is None or a.position != b.position:
            return replace(mine, sides=sides)
        between = Between(ComparedStep(a, b, self._pair.kl()), self._first(), self._pair.shared)
        return replace(mine, sides=sides, between=between)

    def _first(self) -> str:
        """Where both guess differently for the first time, as far as that is known."""
        if self._parting_of != self._pair.state:
            self._end()
            self._parting_of, self._parting = self._pair.state, self._pair.parting()
            run_in_thread(self._view, self._parting.run, self._again, "apart")
        job = self._parting
        if job is None or job.outcome != "there":
            return ""
        if not job.stopped:
            return f"the same guesses up to step {job.goal}"
        return f"first differ at step {job.goal}"

    def _end(self) -> None:
        if self._parting is not None:
            self._parting.cancel()
            self._parting = None

    def close(self, kept: int) -> tuple[DebuggerDoor, Prepared]:
        """Nothing goes along any more: the one that is kept, with the stops there are."""
        self._end()
        self._pair.close()
        if kept != self.selected:
            self.both[kept].stops.adopt(self.both[self.selected].stops)
        self.both[1 - kept].close()
        return self.both[kept], self.prepared[kept]
