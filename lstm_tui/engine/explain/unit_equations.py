"""A unit's own arithmetic at one step: each of its equations with the numbers filled in."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace
from functools import lru_cache

import torch
from torch import Tensor

from lstm_tui.core.step import Equation
from lstm_tui.engine.cells import Cell
from lstm_tui.engine.cells.gates import BIASES, Weights
from lstm_tui.engine.explain.formatting import products
from lstm_tui.engine.explain.own_equations import own_equations, own_symbols
from lstm_tui.engine.explain.unit_step import Row, UnitStep
from lstm_tui.engine.rollout import Rollout
from lstm_tui.engine.spans.over_time import of_symbol
from lstm_tui.engine.user_cells.cell import Pasted


def equations(reading: Rollout, position: int, layer: int, unit: int) -> tuple[Equation, ...]:
    """One unit's equations at `position`, in the order of its kind; none for a cell that has others.

    At step 0 there are their symbols, which need no numbers. Rows of the weights give their pre-activation
    z = W x + U h + b as a sum of named terms; the others their products. Numbers have four decimals throughout.
    Where the state was set by hand, only the rows are explained; what is held says so.
    Raises `UserError` where nobody knows the weights.
    """
    cell = reading.model.cells[layer]
    if isinstance(cell, Pasted) and not cell.is_lstm:
        return own_equations(reading, cell, position, layer, unit) if position else own_symbols(cell)
    if not {q.name for q in cell.kind.quantities} <= {q.name for q in cell.quantities}:
        return ()
    if not position:
        lines = _numbered(Rollout(reading.model, reading.sequence), 1, layer, unit)
        return tuple(Equation(line.quantity, "", math.nan, symbols=line.symbols) for line in lines)
    return _numbered(reading, position, layer, unit)


def _numbered(reading: Rollout, position: int, layer: int, unit: int) -> tuple[Equation, ...]:
    """Those of a cell whose kind has weights that are known, at step 1 or later."""
    cell = reading.model.cells[layer]
    moment = reading.timeline.at(position)
    weights = reading.timeline.fast.weights(layer)
    x_names, rows, recalled = _rows(reading, weights, position, layer, unit)
    at = UnitStep(
        cell.kind,
        values={name: float(row[0, unit]) for name, row in moment.layers[layer].items()},
        before={name: float(row[0, unit]) for name, row in zip(cell.states, moment.before[layer], strict=True)},
        rows=rows,
        own={name: float(tensor[unit]) for name, tensor in weights.items() if tensor.shape == (cell.hidden_size,)},
        x_names=x_names,
        h_names=_units("h'", cell.hidden_size),
        edited=moment.edited,
        recalled=recalled,
        between={name: float(row[0, unit]) for name, row in _between(reading, position, layer).items()},
    )
    held = {clamp.quantity for clamp in moment.clamps if (clamp.layer, clamp.unit) == (layer, unit)}
    symbols = {quantity.name: quantity.symbol for quantity in cell.quantities}
    return tuple(
        replace(line, text=f"{symbols[line.quantity]} = {line.value:g}    (clamped)", terms=())
        if line.quantity in held
        else line
        for line in cell.unit_equations(at)
    )


def _rows(
    reading: Rollout, weights: Weights, position: int, layer: int, unit: int
) -> tuple[tuple[str, ...], dict[str, Row], dict[str, tuple[str, ...]]]:
    """What the layer reads, by name; the addends of each of the unit's rows; and what stands for h in some of them."""
    cell, moment = reading.model.cells[layer], reading.timeline.at(position)
    blocks = len(cell.kind.gate_rows)
    own = slice(unit, None, cell.hidden_size)  # the unit's own row in each of the blocks
    of_h: list[list[float]] = [[]] * blocks
    h: list[list[float]] = [[]] * blocks
    x: Sequence[float | None] = (None,)
    recalled: dict[str, tuple[str, ...]] = {}
    if "weight_hh" in weights and "weight_hh" in cell.kind.tensors:
        seen = [cell.recalled(row, moment.layers[layer], moment.before[layer][0]) for row in cell.kind.gate_rows]
        multiplied = torch.cat([vector for _, vector in seen])
        of_h, h = products(weights["weight_hh"][own], multiplied), multiplied.tolist()
        names_of = zip(cell.kind.gate_rows, seen, strict=True)
        recalled = {row: _units(name, cell.hidden_size) for row, (name, _) in names_of if name != "h'"}
    if layer:
        of_x = products(weights["weight_ih"][own], moment.inputs[layer][0])
        names, x = _units(f"l{layer - 1}.h", len(of_x[0])), moment.inputs[layer][0].tolist()
    else:
        of_x = of_symbol(reading.timeline, position, weights["weight_ih"][own])
        names = reading.sequence.named(position)
        if reading.timeline.expected.numbers is not None:
            x = reading.indices[position - 1].tolist()
    biases = list(zip(*(weights[bias][own].tolist() for bias in BIASES if bias in weights), strict=True))
    made = zip(cell.kind.gate_rows, of_x, of_h, h, biases or [()] * blocks, strict=True)
    return names, {name: Row(by_x, by_h, x, times, both) for name, by_x, by_h, times, both in made}, recalled


@torch.no_grad()
def _between(reading: Rollout, position: int, layer: int) -> dict[str, Tensor]:
    """See `Cell.between`. What a cell does not look at is not made: a one-hot row may be wide."""
    if type(reading.model.cells[layer]).between is Cell.between:
        return {}
    moment, symbol = reading.timeline.at(position), reading.timeline.indices[position - 1 : position]
    x = moment.inputs[layer] if layer else reading.model.inputs(symbol)
    return reading.model.cells[layer].between(x, moment.before[layer], moment.layers[layer])


@lru_cache(maxsize=64)
def _units(vector: str, size: int) -> tuple[str, ...]:
    """What a reader calls the units of a vector: `h[0]`, `h[1]` …"""
    return tuple(f"{vector}[{j}]" for j in range(size))
