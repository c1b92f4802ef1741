"""What cells compute: the words, signs and scales under which people know it.

The names are the ones used in conditions, traces and exports; the symbols and words are the ones on the screen.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from lstm_tui.core.sums import ceiling

Kind = Literal["gate", "signed"]
Squash = Literal["sigmoid", "tanh", "hard_sigmoid", "hard_sigmoid_6", "relu"]


@dataclass(frozen=True)
class Quantity:
    """One named vector of a cell, one value a unit."""

    name: str
    symbol: str
    word: str
    kind: Kind
    """`gate`: in 0..1, drawn from the left edge. `signed`: drawn from a centre line."""
    sentence: str
    low: str = ""
    high: str = ""
    """What the two ends of a gate's scale mean, in a word each."""
    grows: bool = False
    """True where the value has no bound, so that its scale has to follow it."""
    state: bool = False
    """True for what is carried to the next time step: only these can be compared with step k - 1."""
    initial: float = 0.0
    """What a state is before the first step."""
    squash: Squash | None = None
    """The function that made it of its pre-activation."""


F = Quantity("f", "f", "forget", "gate", "how much old memory to keep", "erase", "keep", squash="sigmoid")
I = Quantity("i", "i", "input", "gate", "how much of c̃ to write", "ignore", "write", squash="sigmoid")  # noqa: E741
C_TILDE = Quantity("c_tilde", "c̃", "candidate", "signed", "the content proposed", squash="tanh")
O = Quantity("o", "o", "output", "gate", "how much memory to show", "hide", "show", squash="sigmoid")  # noqa: E741
C = Quantity("c", "c", "cell", "signed", "memory carried on = f·c' + i·c̃", grows=True, state=True)
H = Quantity("h", "h", "hidden", "signed", "the part shown: makes the guess and the next gates = o·tanh c", state=True)

LSTM: tuple[Quantity, ...] = (F, I, C_TILDE, O, C, H)
"""In the order of the panels and the digit keys: 1 f, 2 i, 3 c̃, 4 o, 5 c, 6 h."""

R = Quantity("r", "r", "reset", "gate", "how much old h the candidate sees", "ignore", "use", squash="sigmoid")
Z = Quantity("z", "z", "update", "gate", "how much of the old h to keep", "replace", "keep", squash="sigmoid")
N = Quantity("n", "n", "candidate", "signed", "the content proposed", squash="tanh")
H_GRU = Quantity("h", "h", "hidden", "signed", "memory and output = (1-z)·n + z·h'", state=True)

GRU: tuple[Quantity, ...] = (R, Z, N, H_GRU)
"""PyTorch's names and reset-after form: r, z, n, h."""

SPELLINGS = {"g": "c_tilde", "c\u0303": "c_tilde"}
"""Other names that people write for a quantity, where the cell has none of that name."""

LEAST = 0.1
"""The end of a scale on which next to nothing is shown."""
MOST_UNITS = 0.8
"""The share of the units that fit a panel's scale at all of the steps looked at."""
WORTH_IT = 1.5
"""All units fit where that makes the scale at most this much longer."""


@dataclass(frozen=True)
class Scale:
    """How far a quantity of a layer reaches."""

    panel: float = 1.0
    """For all units side by side: most of them fit, and what lies beyond is marked there."""
    units: tuple[float, ...] = ()
    """Each unit's own, for its curve."""

    @classmethod
    def of(cls, largest: Sequence[float]) -> Scale:
        """From the largest magnitude of each unit."""
        known = [value if math.isfinite(value) else 0.0 for value in largest]
        if not known:
            return cls()
        order = sorted(known)
        most, all_of_them = order[round(MOST_UNITS * (len(order) - 1))], order[-1]
        panel = all_of_them if all_of_them <= WORTH_IT * most else most or all_of_them
        return cls(ceiling(max(panel, LEAST)), tuple(ceiling(max(value, LEAST)) for value in known))

    def of_unit(self, unit: int) -> float:
        """A unit's own."""
        return self.units[unit] if unit < len(self.units) else self.panel
