"""The same weights in another cell: made and compared aside, then taken."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

from lstm_tui.core.step import Switched
from lstm_tui.core.vocabulary import visible
from lstm_tui.debugger.jobs import HEAVY, WorkJob

if TYPE_CHECKING:
    from lstm_tui.engine.cells import Cell
    from lstm_tui.engine.rollout import Rollout

SAME = 5e-5
"""Differences of two implementations up to here are float32's rounding."""


class SwitchJob(WorkJob):
    """Copies the weights of `reading`'s model into cells of `kind`, and has both read the text's first characters."""

    def __init__(self, reading: Rollout, name: str, kind: type[Cell], take: Callable[[Rollout, str], None]) -> None:
        super().__init__("comparing cells", reading.timeline, self._work(), 0, 1, self._made, "the cell is as it was")
        self.heavy = reading.model.size > HEAVY
        self._reading, self._name, self._kind, self._taken = reading, name, kind, take
        self._after: Rollout
        self.switched: Switched
        """What it did, once it is committed."""

    def _work(self) -> Iterator[int]:
        yield 0  # nothing is copied before anybody could ask for less
        model = self._reading.model.with_cell(self._kind)
        found: list[float] = []
        for difference in self._reading.differences(model):
            found.append(difference)
            yield 0
        self._after = self._reading.with_model(model)
        worst = math.nan if any(map(math.isnan, found)) else max(found)
        self.switched = Switched(self._name, worst, len(found))

    def _made(self) -> str:
        self._taken(self._after, self._name)
        switched = self.switched
        difference = f"{switched.difference:.0e}" if switched.difference else "0"
        same = "same numbers" if switched.difference <= SAME else "THE NUMBERS DIFFER"
        return f"{visible(switched.cell)}: {same}, largest difference {difference} over {switched.steps} steps"
