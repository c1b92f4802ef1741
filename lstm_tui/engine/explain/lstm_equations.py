"""A unit's own arithmetic at one step: each of its equations with the numbers filled in."""

from __future__ import annotations

import math
from functools import lru_cache

from lstm_tui.core.step import Equation, Term
from lstm_tui.core.vocabulary import visible
from lstm_tui.engine.cells import GRU
from lstm_tui.engine.explain.formatting import filled, largest_first, parts, products, sigmoid, squashed
from lstm_tui.engine.explain.gru_equations import gru_equations
from lstm_tui.engine.over_time import of_symbol, weights_of
from lstm_tui.engine.rollout import Rollout
from lstm_tui.engine.timeline import StepTensors

_BLOCKS = ("i", "f", "c_tilde", "o")  # in PyTorch's order


def equations(reading: Rollout, position: int, layer: int, unit: int) -> tuple[Equation, ...]:
    """f, i, c̃, o, c and h of one unit at `position` (of a GRU r, z, n and h), none at step 0.

    Gates give their pre-activation z = W x + U h + b as a sum of named terms; c and h give their products. Operands
    have four decimals, and more only where four would not lead a reader who calculates to the result printed. Where
    the state was set by hand, only the gates are explained.
    """
    if position == 0:
        return ()
    moment = reading.timeline.at(position)
    if isinstance(reading.model.cells[layer], GRU):
        return gru_equations(reading, moment, position, layer, unit)
    values = {name: float(row[0, unit]) for name, row in moment.layers[layer].items()}
    terms = _terms(reading, moment, position, layer, unit)
    f, i, candidate, o = (values[name] for name in ("f", "i", "c_tilde", "o"))
    lines = [
        squashed("f", "f = σ({}) = ", terms["f"], sigmoid, f, ".4f"),
        squashed("i", "i = σ({}) = ", terms["i"], sigmoid, i, ".4f"),
        squashed("c_tilde", "c̃ = tanh({}) = ", terms["c_tilde"], math.tanh, candidate, "+z.4f"),
        squashed("o", "o = σ({}) = ", terms["o"], sigmoid, o, ".4f"),
    ]
    if moment.edited:
        return tuple(lines)
    c, h, old_c = values["c"], values["h"], float(moment.before[layer][1][0, unit])
    c_text = filled("c = {} × {} + {} × {} = ", (f, old_c, i, candidate), lambda a, b, x, y: a * b + x * y, c, "z.2f")
    lines.append(Equation("c", c_text + parts(("kept", f * old_c), ("written", i * candidate), c), c))
    shown = filled("h = {} × tanh({}) = ", (o, c), lambda a, b: a * math.tanh(b), h, "z.2f")
    lines.append(Equation("h", shown, h))
    return tuple(lines)


def _terms(reading: Rollout, moment: StepTensors, position: int, layer: int, unit: int) -> dict[str, tuple[Term, ...]]:
    """The addends of each pre-activation, largest magnitude first, in float64 from the float32 weights and states."""
    symbol = visible(reading.symbols[position - 1])
    size, weights = reading.model.cells[layer].hidden_size, weights_of(reading.timeline, layer)
    rows = slice(unit, None, size)  # the unit's own row in each of the four blocks
    of_h = products(weights.weight_hh[rows], moment.before[layer][0][0])
    biases = (weights.bias_ih[rows].double() + weights.bias_hh[rows].double()).tolist()
    names = _units("h", size)
    if layer == 0:
        names, of_x = (*names, f"x '{symbol}'"), of_symbol(reading.timeline, position, weights.weight_ih[rows])
    else:
        of_x = products(weights.weight_ih[rows], moment.inputs[layer][0])
        names = (*names, *_units(f"l{layer - 1}.h", len(of_x[0])))
    sums = [[*h, *x] for h, x in zip(of_h, of_x, strict=True)]
    if weights.biased:
        names, sums = (*names, "bias"), [[*terms, bias] for terms, bias in zip(sums, biases, strict=True)]
    return dict(zip(_BLOCKS, largest_first(sums, names), strict=True))


@lru_cache(maxsize=64)
def _units(vector: str, size: int) -> tuple[str, ...]:
    """What a reader calls the units of a vector: `h[0]`, `h[1]` …"""
    return tuple(f"{vector}[{j}]" for j in range(size))
