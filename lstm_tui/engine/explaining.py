"""Everything there is to say about one unit at one step, gathered for the inspector."""

from __future__ import annotations

import math

from lstm_tui.engine.arithmetic import equations
from lstm_tui.engine.ledger import ledger
from lstm_tui.engine.reading import Reading
from lstm_tui.engine.timeline import BLOCK
from lstm_tui.engine.unit_history import unit_history
from lstm_tui.step import Explanation, Saturation

HABIT = 50
"""Steps from which on shares of time mean something."""


def explain(reading: Reading, position: int, layer: int, unit: int) -> Explanation:
    """The unit's equations with their numbers, who wrote its cell, how saturated its gates are, its half-life."""
    saturation, steps = _saturation(reading, position, layer, unit)
    return Explanation(
        layer,
        unit,
        equations(reading, position, layer, unit),
        ledger(reading.timeline, position, layer, unit),
        saturation,
        steps,
        _half_life(reading, position, layer, unit),
    )


def _saturation(reading: Reading, position: int, layer: int, unit: int) -> tuple[tuple[Saturation, ...], int]:
    """Shares over the steps so far, at most one block of them."""
    first = max(1, position - BLOCK + 1)
    steps = position - first + 1
    if position < HABIT:
        return (), 0
    history = unit_history(reading.timeline, layer, unit, first, position)
    gates = (("f", history.f), ("i", history.i), ("o", history.o))
    return tuple(
        Saturation(name, float((gate < 0.1).double().mean()), float((gate > 0.9).double().mean()))
        for name, gate in gates
    ), steps


def _half_life(reading: Reading, position: int, layer: int, unit: int) -> float | None:
    """ln 2 / -ln f, in steps: how long the cell's content lasts if the forget gate stays as it is."""
    if position == 0:
        return None
    f = float(reading.timeline.at(position).layers[layer]["f"][0, unit])
    if not f > 0:
        return 0.0
    return math.inf if f == 1 else math.log(2) / -math.log(f)
