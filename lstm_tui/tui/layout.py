"""How many rows each part of the screen gets. It depends on the size and the model only, never on the step."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from lstm_tui.tui.paint.layout import SENTENCED, TITLED, panel_layout

HIGH = 24
"""Rows from which one is kept for messages where nothing is below the panels."""
CURVED = 100
"""Columns from which a curve is beside the equations."""
OTHER_ROWS = 5
"""Title, text, status, guess, footer."""
UNITS = 8
"""Units that a panel has a row each for before the equations get any."""
LEAST_ROWS = 6
"""Rows of a panel that stays for its sentence at step 0, however few its units are."""
EASY = 4
"""Rows that equations and curve get more than they need, where there are any, before the panels do."""
EXPLAINED = 11
"""Rows that an explanation takes below the panels; with fewer it has their place."""
COLUMNS = {1: 1, 2: 2, 3: 3, 4: 2, 5: 3, 6: 3, 7: 4, 8: 4}
"""Panels side by side, by how many there are."""


@dataclass(frozen=True)
class Room:
    """What the rows are shared among: panels, then equations and curve, then sentences."""

    height: int
    """Of the whole screen."""
    width: int
    caption: int
    """Rows of the bar for an audience."""
    hidden_sizes: Sequence[int]
    quantities: int
    training: bool = False
    walking: bool = False
    """Whether a step is walked through, for whose code the panels make room."""
    beside: bool = False
    """Whether the untouched run has a row."""

    @property
    def below(self) -> bool:
        """Whether the selected unit's equations stand below the panels; in a wide screen two may share a line."""
        return self._spare >= (-(self.quantities // 2) if self.width >= CURVED else 0)

    @property
    def curved(self) -> bool:
        """Whether a curve stands beside them."""
        return self.width >= CURVED and self._spare >= 0

    @property
    def message(self) -> bool:
        """Whether messages have a row of their own, which shows the selected unit while there are none."""
        if self.below or self.beside or self.walking or self.training:
            return self.height >= HIGH and not self.below and not self.beside
        return self.height >= HIGH or self._rows > self._bands * self._each(self._rows)

    @property
    def explained(self) -> bool:
        """Whether there is a place below the panels for an explanation."""
        return self.below and self._rows - self.panel_rows >= EXPLAINED

    @property
    def squeezed(self) -> bool:
        """Whether the loss curve has the place of the lower panels, for want of any below them."""
        return self.training and not self.below

    @property
    def panel_rows(self) -> int:
        """All rows of panels together: each as many lines as the units need, or as there are."""
        bands, rows = self._bands, self._rows - self.message
        most = max(self.hidden_sizes)
        if self.below:
            return self._panels_above(most)
        if self.squeezed:
            return max(1, min(rows // 2, self._needed))
        if self.walking:
            return bands * max(3, (rows - max(5, min(10, rows * 4 // 9))) // bands)
        return bands * self._each(rows)

    @property
    def _needed(self) -> int:
        """Lines that a panel has for all units at most."""
        return max(*self.hidden_sizes, 3) + 1 + self._sentence

    def _each(self, rows: int) -> int:
        """Lines of each panel where nothing stands below them."""
        return max(1, min(rows // self._bands, self._needed))

    def _panels_above(self, most: int) -> int:
        """The panels' rows where something stands below them."""
        each = self._least + (self._sentence if self._spare >= self._bands else 0)
        more = self._spare - self._bands * (each - self._least) - EASY
        each += max(0, min(more // self._bands, most - UNITS))
        laid = panel_layout(most, self.width // COLUMNS.get(self.quantities, 4), each, 0)
        return self._bands * max(each - laid.blank, min(each, LEAST_ROWS))

    @property
    def _bands(self) -> int:
        return -(-self.quantities // COLUMNS.get(self.quantities, 4))

    @property
    def _sentence(self) -> int:
        """Rows of a sentence below each title."""
        return int(SENTENCED <= self.width // COLUMNS.get(self.quantities, 4) < TITLED)

    @property
    def _least(self) -> int:
        """Lines that a panel has at least before anything stands below it."""
        return 1 + max(3, min(UNITS, max(self.hidden_sizes)))

    @property
    def _rows(self) -> int:
        return self.height - OTHER_ROWS - self.caption - self.beside

    @property
    def _spare(self) -> int:
        """Rows left once the panels have their least and every equation its line below a rule."""
        return self._rows - self._bands * self._least - self.quantities - 1


@dataclass(frozen=True)
class Viewport:
    """What there is room for: only what can be seen is computed."""

    width: int
    """Of the whole screen."""
    window: tuple[int, int]
    """The characters start..stop-1 of the text row."""
    equations: bool = False
    """Whether the selected unit's are on the screen."""
    plot: int = 0
    """Steps that the plot below the panels shows; 0 where it is not on the screen."""
    over_time: int = 0
    """Rows of a view over time; 0 while the panels are shown."""
    mono: bool = False
    solid: bool = False
    """Whether the terminal has all colours there are."""
