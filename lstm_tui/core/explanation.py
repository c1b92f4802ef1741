"""One unit explained: frozen values that cross the door, as in `step`, compared by identity."""

from __future__ import annotations

from dataclasses import dataclass

from lstm_tui.core.step import Equation


@dataclass(frozen=True, eq=False)
class Write:
    """What one step wrote into a cell and is still there now."""

    position: int
    amount: float


@dataclass(frozen=True, eq=False)
class Ledger:
    """A cell's content as the sum of what each character wrote: accounting, not cause."""

    writes: tuple[Write, ...]
    """The largest amounts first."""
    older: float
    """All others together: the small ones, and those before `first`."""
    total: float
    """What the cell holds: the writes and `older` add up to it."""
    first: int
    """The earliest step looked at one by one."""
    memory: str = "c"
    """Whose content it is: c, or h of a cell that has none."""
    keep: str = "f"
    """What keeps of it from step to step, as the cell's equation has it: `f`, `1 - z`."""


@dataclass(frozen=True, eq=False)
class Saturation:
    """How a gate of one unit spent its time: shares of the steps looked at, 0..1."""

    quantity: str
    low: float
    """Under 0.1."""
    high: float
    """Over 0.9."""


@dataclass(frozen=True, eq=False)
class Explanation:
    """One unit at one step: its arithmetic, who wrote its cell, and its habits."""

    layer: int
    unit: int
    equations: tuple[Equation, ...]
    ledger: Ledger | None
    saturation: tuple[Saturation, ...]
    """Empty before there are enough steps to speak of habits."""
    saturation_steps: int
    """The steps the shares are taken over."""
    half_life: float | None
    """Steps until the forget gate, as it is now, has halved the cell; infinite where f is 1; None without one."""


@dataclass(frozen=True)
class UnitWeight:
    """One weight of a unit, by the row it is in and what it is multiplied with."""

    row: str
    """As the screen writes it: `f`, `c̃`."""
    source: str
    """The contribution's name: `h'[3]`, `x 'l'`, `bias`."""
    value: float
    layer: int
    tensor: str
    """By its kind's name, and where in it."""
    at: tuple[int, ...]

    @property
    def name(self) -> str:
        """`f h'[3]`."""
        return f"{self.row} {self.source}"
