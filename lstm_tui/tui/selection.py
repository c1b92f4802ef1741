"""What the reader chose to look at: it stays while steps, texts and models come and go."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from lstm_tui.core.quantities import Quantity
from lstm_tui.core.questions.objective import Objective
from lstm_tui.core.step import Step
from lstm_tui.tui.sloped.slope_frame import objective_here

VIEWS = ("bars", "heat", "lines", "units", "text", "loss", "loss text")
"""Those that `v` goes through."""
OF_LOSS = ("loss", "loss text")
"""Those that show no quantity."""
REACH = "reach"
"""How far a gradient reaches: a view over time that is asked for by its name."""


@dataclass(frozen=True, eq=False)
class ShownTrack:
    """A track of the text as it is drawn: 0 at its least value, 1 at its largest."""

    name: str
    values: Sequence[float]
    """One a step."""
    low: float
    high: float

    def part(self, start: int, stop: int) -> tuple[float, ...]:
        """At the steps start..stop-1."""
        return tuple((value - self.low) / (self.high - self.low) for value in self.values[start - 1 : stop - 1])


@dataclass
class Selection:
    """One for a screen."""

    layer: int = 0
    unit: int = 0
    zoomed: int = 0
    """The digit of the panel shown alone; 0 while all are shown."""
    view: str = "bars"
    """One of `VIEWS`, or `REACH`."""
    quantity: str = "c"
    """What the views over time show, by name; a cell that has none of it shows its first state."""
    track: ShownTrack | None = None
    """What the view of the text shows beside the unit."""
    explaining: bool = False
    beside: bool = False
    """Whether the untouched run is shown beside a changed one."""
    slope: Objective | None = None
    """What the derivatives shown are of; None while values are shown."""
    guess_hidden: bool = False
    """Whether the reader is to say first what the model will guess."""
    walked: int = 0
    """Equations of the backward pass walked through; 0 where it is not."""

    def fit(self, step: Step) -> None:
        """Stay within the model's layers and units."""
        self.layer = min(self.layer, len(step.layers) - 1)
        self.unit = min(max(self.unit, 0), step.layers[self.layer].units - 1)
        if self.slope is not None:
            self.slope = objective_here(self.slope, step)

    def turn(self, by: int) -> None:
        """To the next view, or back."""
        now = VIEWS.index(self.view) if self.view in VIEWS else 0
        self.view = VIEWS[(now + by) % len(VIEWS)]


def remembered(quantities: Sequence[Quantity]) -> Quantity:
    """The quantity whose past is shown unless another is zoomed: c, or h where the cell has no c."""
    return next(quantity for quantity in quantities if quantity.state)
