"""One step of undo: the state before the last training or edit, and the one after it, to go round between."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True, eq=False)
class Change:
    """Something that was done: how to take it back and how to do it again."""

    label: str
    """What was done, as the status row names it: `train`, `zero at step 3`."""
    undo: Callable[[], None]
    redo: Callable[[], None]


class Undo:
    """The last change, and on which side of it we stand."""

    def __init__(self) -> None:
        self._change: Change | None = None
        self._undone = False

    @property
    def label(self) -> str | None:
        """What `toggle` would take back or do again; None where there is nothing."""
        return self._change.label if self._change else None

    def did(self, change: Change) -> None:
        """Remember a change that was just made; the one before it can no longer be undone."""
        self._change, self._undone = change, False

    def forget(self) -> None:
        """Nothing can be undone any more (the text it belonged to is gone)."""
        self._change = None

    def toggle(self) -> str:
        """Undo the last change, or redo it where it was undone; says which."""
        if self._change is None:
            return "nothing to undo"
        self._undone = not self._undone
        if self._undone:
            self._change.undo()
            return f"undid: {self._change.label} (u does it again)"
        self._change.redo()
        return f"redid: {self._change.label} (u undoes it)"
