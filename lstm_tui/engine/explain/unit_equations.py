"""A unit's own arithmetic at one step: each of its equations with the numbers filled in."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache

from lstm_tui.core.step import Equation
from lstm_tui.core.vocabulary import visible
from lstm_tui.engine.explain.formatting import products
from lstm_tui.engine.explain.unit_step import Row, UnitStep
from lstm_tui.engine.over_time import of_symbol
from lstm_tui.engine.rollout import Rollout
from lstm_tui.engine.timeline import StepTensors


def equations(reading: Rollout, position: int, layer: int, unit: int) -> tuple[Equation, ...]:
    """One unit's equations at `position`, in the order of its kind; none at step 0, and for a cell that has others.

    Rows of the weights give their pre-activation z = W x + U h + b as a sum of named terms; the others their products.
    Numbers have four decimals throughout.
    Where the state was set by hand, only the rows are explained. Raises `UserError` where nobody knows the weights.
    """
    cell = reading.model.cells[layer]
    if position == 0 or not {q.name for q in cell.kind.quantities} <= {q.name for q in cell.quantities}:
        return ()
    moment = reading.timeline.at(position)
    x_names, rows = _rows(reading, moment, position, layer, unit)
    at = UnitStep(
        cell.kind,
        values={name: float(row[0, unit]) for name, row in moment.layers[layer].items()},
        before={name: float(row[0, unit]) for name, row in zip(cell.states, moment.before[layer], strict=True)},
        rows=rows,
        x_names=x_names,
        h_names=_units("h'", cell.hidden_size),
        edited=moment.edited,
    )
    return tuple(cell.unit_equations(at))


def _rows(
    reading: Rollout, moment: StepTensors, position: int, layer: int, unit: int
) -> tuple[tuple[str, ...], dict[str, Row]]:
    """What the layer reads, by name, and the addends of each of the unit's rows."""
    cell, weights = reading.model.cells[layer], reading.timeline.fast.weights(layer)
    h = moment.before[layer][0][0]
    x: Sequence[float | None] = (None,)
    own = slice(unit, None, cell.hidden_size)  # the unit's own row in each of the blocks
    of_h = products(weights.weight_hh[own], h)
    if layer:
        of_x = products(weights.weight_ih[own], moment.inputs[layer][0])
        names, x = _units(f"l{layer - 1}.h", len(of_x[0])), moment.inputs[layer][0].tolist()
    else:
        of_x = of_symbol(reading.timeline, position, weights.weight_ih[own])
        names = (f"x '{visible(reading.symbols[position - 1])}'",)
    factors = h.tolist()
    pairs = zip(weights.bias_ih[own].tolist(), weights.bias_hh[own].tolist(), strict=True)
    biases = list(pairs) if weights.biased else [()] * len(of_h)
    made = zip(cell.kind.gate_rows, of_x, of_h, biases, strict=True)
    return names, {name: Row(by_x, by_h, x, factors, both) for name, by_x, by_h, both in made}


@lru_cache(maxsize=64)
def _units(vector: str, size: int) -> tuple[str, ...]:
    """What a reader calls the units of a vector: `h'[0]`, `h'[1]` …"""
    return tuple(f"{vector}[{j}]" for j in range(size))
