"""One step of undo: the state before the last training or edit, and the one after it, to go round between."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from lstm_tui.core.errors import UserError

if TYPE_CHECKING:
    from lstm_tui.core.step import About
    from lstm_tui.engine.rollout import Rollout


@dataclass(frozen=True, eq=False)
class Debuggee:
    """What is open after a change."""

    reading: Rollout
    about: About
    limit: int | None = None
    """The furthest position whose step is still the same one; None: all, the cursor stays where it is."""
    other_text: bool = False
    """Whether nothing seen so far belongs to it."""


@dataclass(frozen=True, eq=False)
class Change:
    """Something that was done: what there is without it, and with it. Both are made for what is open by then."""

    label: str
    """What was done, as the status row names it: `train`, `zero at step 3`."""
    undone: Callable[[], Debuggee]
    redone: Callable[[], Debuggee]


class Undo:
    """The last change, and on which side of it we stand."""

    def __init__(self) -> None:
        self._change: Change | None = None
        self._undone = False

    @property
    def label(self) -> str | None:
        """What `toggle` would take back or do again; None where there is nothing."""
        return self._change.label if self._change else None

    def record(self, change: Change) -> None:
        """Remember a change that was just made; the one before it can no longer be undone."""
        self._change, self._undone = change, False

    def forget(self) -> None:
        """Nothing can be undone any more (the text it belonged to is gone)."""
        self._change = None

    @property
    def next(self) -> tuple[Callable[[], Debuggee], str]:
        """What undoing the last change makes, or redoing it where it was undone, and the sentence that says which.

        Raises `UserError` where there is none.
        """
        if self._change is None:
            raise UserError("nothing to undo")
        if self._undone:
            return self._change.redone, f"redid: {self._change.label} (u undoes it)"
        return self._change.undone, f"undid: {self._change.label} (u does it again)"

    def toggle(self) -> None:
        """What `next` tells was done."""
        self._undone = not self._undone
