"""Everything there is to say about one unit at one step, gathered for the inspector."""

from __future__ import annotations

import math

from lstm_tui.engine.ledger import ledger
from lstm_tui.engine.reading import Reading
from lstm_tui.engine.timeline import LOOKBACK
from lstm_tui.engine.unit_history import values_over_time
from lstm_tui.step import Equation, Explanation, Saturation

HABIT = 50
"""Steps from which on shares of time mean something."""


def explain(
    reading: Reading, position: int, layer: int, unit: int, equations: tuple[Equation, ...] = ()
) -> Explanation:
    """The unit's equations as given, who wrote its cell, how saturated its gates are, its half-life."""
    saturation, steps = _saturation(reading, position, layer, unit)
    return Explanation(
        layer,
        unit,
        equations,
        ledger(reading.timeline, position, layer, unit),
        saturation,
        steps,
        _half_life(reading, position, layer, unit),
    )


def _saturation(reading: Reading, position: int, layer: int, unit: int) -> tuple[tuple[Saturation, ...], int]:
    """Shares of the steps so far, at most `LOOKBACK` of them, for every gate the cell has."""
    if position < HABIT:
        return (), 0
    first = max(1, position - LOOKBACK + 1)
    gates = [q.name for q in reading.model.cells[layer].quantities if q.kind == "gate"]
    found = values_over_time(reading.timeline, layer, gates, (unit,), first, position)
    return tuple(
        Saturation(name, float((gate < 0.1).double().mean()), float((gate > 0.9).double().mean()))
        for name, gate in found.items()
    ), position - first + 1


def _half_life(reading: Reading, position: int, layer: int, unit: int) -> float | None:
    """ln 2 / -ln f, in steps: how long the cell's content lasts if the forget gate stays as it is."""
    gate = reading.timeline.at(position).layers[layer].get("f")
    if gate is None or "c" not in reading.model.cells[layer].states:
        return None
    f = float(gate[0, unit])
    if not 0 <= f <= 1:
        return None  # NaN, or a pasted cell's gate that is none
    return 0.0 if f == 0 else math.inf if f == 1 else math.log(2) / -math.log(f)
