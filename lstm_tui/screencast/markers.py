"""The markers of a recording, each behind the frame that shows its step. Pure."""

from __future__ import annotations

from lstm_tui.core.step import Step, step_name
from lstm_tui.core.vocabulary import visible


class Markers:
    """Markers wait here for the next frame: a player that jumps to one then shows its step."""

    def __init__(self, steps: bool = False) -> None:
        """With one for each of the `steps` too, where an author has marked no chapters."""
        self._steps = steps
        self._position = 0
        self._waiting: list[str] = []

    def step(self, step: Step) -> None:
        """A step is going to be shown. The same step again, and the zero state, get no marker."""
        if self._steps and step.position != self._position and step.char is not None:
            self.add(f"{step_name(step.position)}  reading '{visible(step.char)}'")
        self._position = step.position

    def add(self, label: str) -> None:
        """A marker of the author's own."""
        self._waiting.append(label)

    def due(self) -> list[str]:
        """Those that waited for the frame that just went out."""
        due, self._waiting = self._waiting, []
        return due
