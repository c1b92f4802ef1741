"""Everything there is to say about one unit at one step, gathered for the inspector."""

from __future__ import annotations

import math
from collections.abc import Mapping

from torch import Tensor

from lstm_tui.core.explanation import Explanation, Saturation
from lstm_tui.core.formulas import read_formula
from lstm_tui.core.step import Equation
from lstm_tui.engine.explain.ledger import ledger
from lstm_tui.engine.rollout import Rollout
from lstm_tui.engine.spans.over_time import unit_history, values_over_time
from lstm_tui.engine.timeline import LOOKBACK

HABIT = 50
"""Steps from which on shares of time mean something."""


def explain(
    reading: Rollout, position: int, layer: int, unit: int, equations: tuple[Equation, ...] = ()
) -> Explanation:
    """The unit's equations as given, who wrote its memory, how saturated its gates are, its half-life.

    Who wrote it and how long it lasts are None for a cell whose memory is not a sum of what was written into it.
    """
    first = max(1, position - LOOKBACK + 1)
    history = unit_history(reading.timeline, layer, unit, first, position) if position else None
    gates = _gates(reading, layer, unit, first, position) if history is None else history.gates
    account = ledger(reading.timeline, position, layer, unit, history=history)
    return Explanation(
        layer,
        unit,
        equations,
        account,
        _saturation(gates) if position >= HABIT else (),
        position - first + 1 if position >= HABIT else 0,
        None
        if account is None or _is_held(reading, position, layer, unit)
        else _half_life(reading, position, layer, unit),
    )


def _gates(reading: Rollout, layer: int, unit: int, first: int, last: int) -> dict[str, Tensor]:
    """The gates of a cell without such a memory, (n,) each."""
    if last < HABIT:
        return {}
    names = [q.name for q in reading.model.cells[layer].quantities if q.kind == "gate"]
    found = values_over_time(reading.timeline, layer, names, (unit,), first, last)
    return {name: rows[:, 0] for name, rows in found.items()}


def _saturation(gates: Mapping[str, Tensor]) -> tuple[Saturation, ...]:
    """Shares of the steps looked at, gate by gate."""
    return tuple(
        Saturation(name, float((gate < 0.1).double().mean()), float((gate > 0.9).double().mean()))
        for name, gate in gates.items()
    )


def _is_held(reading: Rollout, position: int, layer: int, unit: int) -> bool:
    """Whether the memory is held at a number: then nothing of it fades."""
    memory = reading.model.cells[layer].kind.memories[0].state
    return reading.timeline.interventions.last_held(layer, memory, unit, position) == position


def _half_life(reading: Rollout, position: int, layer: int, unit: int) -> float | None:
    """ln 2 / -ln f, in steps: how long the memory lasts if what is kept of it stays what it is now."""
    keep = read_formula(reading.model.cells[layer].kind.memories[0].keep)
    now = {name: float(row[0, unit]) for name, row in reading.timeline.at(position).layers[layer].items()}
    kept = float(keep.value(now, {}))
    if not 0 <= kept <= 1:
        return None  # NaN, or a pasted cell's gate that is none
    return 0.0 if kept == 0 else math.inf if kept == 1 else math.log(2) / -math.log(kept)
