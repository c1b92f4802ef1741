"""How many rows and columns each part of the screen gets while two models share it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from lstm_tui.tui.layout import COLUMNS, CURVED, EASY, EXPLAINED, UNITS

BESIDE = 120
"""Columns from which both stand beside each other; with fewer, one above the other."""
NARROWEST = 24
"""Columns that a panel has at least where both stand beside each other."""
OTHER_ROWS = 3
"""Text, status, footer."""


@dataclass(frozen=True)
class TwoRooms:
    """As `Room`, for two."""

    height: int
    """Of the whole screen."""
    width: int
    caption: int
    """Rows of the bar for an audience."""
    hidden_sizes: tuple[Sequence[int], Sequence[int]]
    quantities: tuple[int, int]

    message = False
    squeezed = False

    @property
    def beside(self) -> bool:
        """Whether both stand beside each other."""
        return self.width >= BESIDE

    @property
    def curved(self) -> bool:
        """Whether a curve stands beside the equations."""
        return self.width >= CURVED

    @property
    def below(self) -> bool:
        """Whether the selected unit's equations stand below both."""
        return self._spare >= 0

    @property
    def explained(self) -> bool:
        """Whether there is a place below both for an explanation."""
        return self.below and self._rows - self._sides * self._bands * self.panel_rows >= EXPLAINED

    @property
    def panel_rows(self) -> int:
        """Rows of each panel: the same for both, so that the units of both stand in one line."""
        most = self._most
        if self.below:
            more = (self._spare - EASY) // (self._sides * self._bands)
            return self._least + max(0, min(more, most - UNITS))
        return max(1, min(1 + max(most, 3), self._rows // (self._sides * self._bands)))

    @property
    def all_rows(self) -> int:
        """Rows of both together, with their titles, guesses and the row between them."""
        return self._sides * (self._bands * self.panel_rows + 2) + 1

    def columns(self, side: int) -> int:
        """Panels side by side: beside each other as few as the rows allow, so that bars are long."""
        count = self.quantities[side]
        usual = COLUMNS.get(count, 4)
        if not self.beside:
            return usual
        fewest = max(1, min(usual, self.width // 2 // NARROWEST))
        fitting = (n for n in range(fewest, usual) if -(-count // n) * self._least <= self._rows)
        return next(fitting, usual)

    def bands(self, side: int) -> int:
        """Rows of panels."""
        return -(-self.quantities[side] // self.columns(side))

    @property
    def _sides(self) -> int:
        """How many stand one above the other."""
        return 1 if self.beside else 2

    @property
    def _bands(self) -> int:
        return max(self.bands(0), self.bands(1))

    @property
    def _most(self) -> int:
        return max(max(sizes) for sizes in self.hidden_sizes)

    @property
    def _least(self) -> int:
        return 1 + max(3, min(UNITS, self._most))

    @property
    def _rows(self) -> int:
        """For panels, and what stands below them."""
        return self.height - OTHER_ROWS - self.caption - 2 * self._sides - 1

    @property
    def _spare(self) -> int:
        return self._rows - self._sides * self._bands * self._least - max(self.quantities) - 1
