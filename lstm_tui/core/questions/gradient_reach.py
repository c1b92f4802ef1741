"""How far a gradient reaches back: its size step by step, beside what the forget gates alone would leave of it."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, eq=False)
class GradientSize:
    """At one step back, over all layers."""

    position: int
    h: float
    """‖δh‖."""
    c: float | None
    """‖δc‖; None for a cell without c."""
    kept: float | None
    """The mean over all units of the product of their forget gates from the step after this one to the first: the
    carousel's own part, 1 at the first. None for a cell without f."""


def half_life(values: Sequence[float]) -> float | None:
    """Steps in which `values`, a step apart, halve: by the straight line that fits their logarithms best. Negative
    where they grow, infinite where they stay; None where fewer than three of them are above zero."""
    points = [(at, math.log2(value)) for at, value in enumerate(values) if math.isfinite(value) and value > 0]
    if len(points) < 3:
        return None
    middle = sum(at for at, _ in points) / len(points)
    height = sum(value for _, value in points) / len(points)
    rise = sum((at - middle) * (value - height) for at, value in points) / sum((at - middle) ** 2 for at, _ in points)
    return -1 / rise if rise else math.inf
