"""The published figures of the hello recipe, to two decimals, and the paper's equations in plain Python floats."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import replace

from torch import Tensor

from lstm_tui.engine.cells import ALL, LSTMCell, Weights
from lstm_tui.engine.network import Stack
from lstm_tui.engine.timeline import Timeline

CELLS = {name: cell for name, cell in ALL.items() if issubclass(cell, LSTMCell)}
"""The LSTM's implementations, by name."""


def bias(weights: Weights) -> Tensor:
    """What the pre-activations of a layer really get (4H,): its two biases are added."""
    return weights["bias_ih"] + weights["bias_hh"]


def edited(line: Timeline, position: int, stack: Stack | None) -> Timeline:
    """The same with the states after `position` set (None: computed), knowing what is known of the steps before."""
    states = {at: states for at, states in line.interventions.states.items() if at != position}
    changed = replace(line.interventions, states=states if stack is None else {**states, position: stack})
    return Timeline(line.model, line.indices, changed, after=line)


NAMES = ("f", "i", "c_tilde", "o", "c", "h")

ONE_CELL = """
f 0.47 0.40 0.51 0.40
i 0.51 0.58 0.37 0.46
c_tilde -0.57 -0.07 -0.13 -0.03
o 0.66 0.56 0.51 0.49
c -0.29 -0.04 -0.05 -0.02
h -0.19 -0.02 -0.02 -0.01
"""
"""by-hand, `torch.manual_seed(0)`, input 4, hidden 4, the zero state, reading 'h'."""

LOSSES = {0: 1.2731, 20: 0.0013, 40: 0.0001} | {epoch: 0.0 for epoch in range(60, 200, 20)}
"""Epoch → loss, to four decimals."""

TRAINED = (
    """
    f 0.36 0.64 0.43 0.55 0.59 0.74 0.63 0.79
    i 0.87 0.92 0.97 0.95 0.94 0.98 0.94 0.40
    c_tilde -0.98 0.96 0.99 1.00 0.99 -1.00 0.98 0.50
    o 0.93 0.95 0.98 0.96 0.82 0.97 0.93 0.28
    c -0.85 0.89 0.96 0.95 0.94 -0.98 0.91 0.20
    h -0.64 0.68 0.73 0.71 0.60 -0.73 0.67 0.05
    """,
    """
    f 0.04 0.01 0.00 0.01 1.00 1.00 0.05 1.00
    i 1.00 0.36 0.99 0.03 0.95 0.80 0.16 1.00
    c_tilde 1.00 -0.63 -1.00 0.92 1.00 -1.00 0.51 -1.00
    o 1.00 0.10 0.94 0.00 1.00 0.98 0.07 1.00
    c 0.97 -0.22 -0.98 0.04 1.89 -1.78 0.13 -0.80
    h 0.75 -0.02 -0.71 0.00 0.95 -0.92 0.01 -0.66
    """,
    """
    f 0.50 0.98 0.98 1.00 0.33 0.47 0.99 0.99
    i 1.00 1.00 1.00 1.00 1.00 0.99 1.00 0.99
    c_tilde 0.80 -1.00 -1.00 1.00 0.73 -0.65 -1.00 -1.00
    o 1.00 1.00 1.00 0.88 1.00 1.00 1.00 1.00
    c 1.28 -1.21 -1.96 1.04 1.35 -1.48 -0.87 -1.78
    h 0.85 -0.84 -0.96 0.69 0.87 -0.90 -0.70 -0.94
    """,
    """
    f 0.07 1.00 1.00 1.00 0.02 0.02 1.00 0.98
    i 0.99 1.00 1.00 1.00 1.00 1.00 1.00 0.99
    c_tilde -0.99 -1.00 -1.00 1.00 -0.98 0.97 -1.00 -1.00
    o 1.00 1.00 1.00 0.99 1.00 1.00 1.00 0.99
    c -0.89 -2.21 -2.95 2.04 -0.96 0.94 -1.87 -2.74
    h -0.71 -0.98 -0.99 0.96 -0.74 0.74 -0.95 -0.98
    """,
)
"""The trained recipe at t = 0, 1, 2, 3, reading h, e, l, l."""


def table(rows: str) -> dict[str, list[float]]:
    """The figures above: quantity → one number a unit."""
    return {name: [float(n) for n in numbers] for name, *numbers in map(str.split, rows.strip().splitlines())}


Matrix = Sequence[Sequence[float]]


def paper_step(
    x: Sequence[float],
    h: Sequence[float],
    c: Sequence[float],
    weight_ih: Matrix,
    weight_hh: Matrix,
    bias: Sequence[float],
) -> dict[str, list[float]]:
    """One LSTM step unit by unit, rows i, f, g, o: z = Σ w x + Σ u h + b, with σ(z) = (1 + tanh(z/2)) / 2."""
    units = len(h)

    def z(block: int, unit: int) -> float:
        row = block * units + unit
        return math.fsum([*map(float.__mul__, weight_ih[row], x), *map(float.__mul__, weight_hh[row], h), bias[row]])

    def sigma(value: float) -> float:
        return (1 + math.tanh(value / 2)) / 2

    out: dict[str, list[float]] = {name: [] for name in NAMES}
    for unit in range(units):
        i, f, g, o = sigma(z(0, unit)), sigma(z(1, unit)), math.tanh(z(2, unit)), sigma(z(3, unit))
        kept = c[unit] - (1 - f) * c[unit]
        cell = kept + i * g
        for name, value in zip(NAMES, (f, i, g, o, cell, o * math.tanh(cell)), strict=True):
            out[name].append(value)
    return out


def largest_gap(mine: Mapping[str, Sequence[float]], theirs: Mapping[str, Sequence[float]]) -> float:
    """The largest difference of any quantity of any unit."""
    assert set(mine) == set(theirs)
    return max(abs(a - b) for name in theirs for a, b in zip(mine[name], theirs[name], strict=True))
