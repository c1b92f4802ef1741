"""Derivatives as the screen shows them, and how far along the text they are worked out."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from lstm_tui.core.questions.objective import Objective
from lstm_tui.core.step import Vector

BACK = 1024
"""Steps that a backward pass for the screen goes back from where it starts."""
AHEAD = 512
"""Steps after the cursor whose losses count, at most, for the sum of all."""
_STRIDE = 256


@dataclass(frozen=True, eq=False)
class StepSlopes:
    """The derivatives of one number by what one step computed."""

    layers: tuple[Mapping[str, Vector], ...]
    """Each layer's, by quantity; empty where the pass does not reach."""
    x_size: float = 0.0
    """|∂/∂x| of what the step read: the length of the derivative by the whole row."""
    x_signed: float = 0.0
    """∂/∂x · x: by a one-hot row's own entry; NaN where the pass does not reach."""


def last_counted(objective: Objective, position: int, length: int) -> int:
    """The last step that counts for `objective`, looked at from the step `position`.

    A long text is cut: the sum of all losses goes 256 to 512 steps on from the cursor, so that it stays the same number
    while the cursor moves a little.
    """
    if objective.t is not None:
        return objective.t + 1
    return min(length, (position // _STRIDE) * _STRIDE + AHEAD)


def first_reached(last: int) -> int:
    """The first step that a pass from `last` goes back to."""
    return max(1, last - BACK + 1)
