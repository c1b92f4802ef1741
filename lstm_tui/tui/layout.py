"""How many rows each part of the screen gets. It depends on the size and the model only, never on the step."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

HIGH, TALL = 24, 40
"""Rows from which there is a message row, and from which equations and history appear below the panels."""
OTHER_ROWS = 5
"""Title, text, status, guess, footer."""
BELOW = 11
SENTENCE_ROWS = 2


@dataclass(frozen=True)
class Room:
    """What the rows are shared among."""

    height: int
    """Of the whole screen."""
    caption: int
    """Rows of the bar for an audience."""
    hidden_sizes: Sequence[int]
    quantities: int
    training: bool = False
    walking: bool = False
    """Whether a step is walked through, for whose code the panels make room."""

    @property
    def squeezed(self) -> bool:
        """Whether the loss curve has the place of the lower panels, for want of any below them."""
        return self.training and self.height < TALL

    @property
    def panel_rows(self) -> int:
        """Both rows of panels together: each as many lines as the units need, or as there are."""
        tall = self.height >= TALL
        rows = self.height - OTHER_ROWS - self.caption - (self.height >= HIGH) - (BELOW if tall else 0)
        needed = max(*self.hidden_sizes, 8) + 1 + SENTENCE_ROWS
        if self.squeezed:
            return max(1, min(rows // 2, needed))
        below = 1 if self.quantities < 4 else 2
        if self.walking and not tall:
            return below * max(3, (rows - max(5, min(10, rows * 4 // 9))) // 2)
        return below * max(1, min(rows // below, needed))


@dataclass(frozen=True)
class Viewport:
    """What there is room for: nothing is computed that nobody can see."""

    width: int
    """Of the whole screen."""
    window: tuple[int, int]
    """The characters start..stop-1 of the text row."""
    plot: int = 0
    """Steps that the plot below the panels shows; 0 where it is not on the screen."""
    over_time: int = 0
    """Rows of a view over time; 0 while the panels are shown."""
    mono: bool = False
