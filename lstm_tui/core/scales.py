"""The ends of the scales of what has no bound, such as c: 1, 2 or 5 times a power of ten."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

LEAST = 0.1
"""The end of a scale on which next to nothing is shown."""
MOST_UNITS = 0.8
"""The share of the units that fit a panel's scale at all of the steps looked at."""
WORTH_IT = 1.5
"""All units fit where that makes the scale at most this much longer."""


def ceiling(largest: float) -> float:
    """The smallest of 1, 2, 5 × 10ⁿ that is not below `largest`; 1 for zero."""
    if largest <= 0:
        return 1.0
    power = 10.0 ** math.floor(math.log10(largest))
    return next(step * power for step in (1, 2, 5, 10) if largest <= step * power * (1 + 1e-9))


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
