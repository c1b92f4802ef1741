"""The changes made, in order, to undo and redo."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from lstm_tui.debugger.debuggee import Debuggee


MOST, MOST_PARAMETERS = 100, 250_000_000
"""Changes that can be undone, and the weights kept for them: a gigabyte."""


@dataclass(frozen=True, eq=False)
class Change:
    """One change: makes the debuggee without it, and with it, from the one that is open when it is undone or redone."""

    label: str
    """What was done, as the status row names it: `train`, `zero at step 3 (t = 2)`."""
    undone: Callable[[Debuggee], Debuggee]
    redone: Callable[[Debuggee], Debuggee]
    parted: int | None = None
    """The furthest position whose step is the same one with it and without it; None where the text stays."""
    parameters: int | None = None
    """How many weights it keeps; None for one of states or of the text."""

    @property
    def of_a_text(self) -> bool:
        """Whether it means nothing for another text."""
        return self.parameters is None


class ChangeHistory:
    """The changes done, and those undone, which can be redone until something else is done."""

    def __init__(self) -> None:
        self._done: list[Change] = []
        self._undone: list[Change] = []

    def copy(self) -> ChangeHistory:
        """The same changes; what is done afterwards is another's."""
        other = ChangeHistory()
        other._done, other._undone = list(self._done), list(self._undone)
        return other

    @property
    def undoable(self) -> Change | None:
        """What is to be undone next."""
        return self._done[-1] if self._done else None

    @property
    def redoable(self) -> Change | None:
        """The change that is redone next."""
        return self._undone[-1] if self._undone else None

    def record(self, change: Change) -> None:
        """Remember a change that was just made; of those that keep too much the oldest can no longer be undone."""
        self._done.append(change)
        self._undone.clear()
        while len(self._done) > 1 and (
            len(self._done) > MOST or sum(each.parameters or 0 for each in self._done) > MOST_PARAMETERS
        ):
            del self._done[0]

    def forget_text(self) -> None:
        """Another text is read: only the weights from before are of use."""
        for changes in (self._done, self._undone):
            changes[:] = [change for change in changes if not change.of_a_text]

    def undid(self, change: Change) -> None:
        """`change`, which was the last one, was undone. Where it is no longer the last one nothing changes."""
        if self.undoable is change:
            self._undone.append(self._done.pop())

    def redid(self, change: Change) -> None:
        """`change`, which was undone last, was redone. Where something else is next nothing changes."""
        if self.redoable is change:
            self._done.append(self._undone.pop())

    def after_undo(self) -> str:
        """What there is to do once the last change is undone, for the status row."""
        first = f"u: undo {self._done[-2].label}, " if len(self._done) > 1 else ""
        return f"undone: {self._done[-1].label}; {first}ctrl+r: redo"

    def after_redo(self) -> str:
        """What there is to do once the change undone last is redone."""
        then = f", ctrl+r: redo {self._undone[-2].label}" if len(self._undone) > 1 else ""
        return f"redone: {self._undone[-1].label}; u: undo{then}"
