"""A GRU unit's own arithmetic at one step: r, z, n and h with the numbers filled in. See `arithmetic.equations`."""

from __future__ import annotations

import math

from torch import Tensor

from lstm_tui.engine.cells import Cell
from lstm_tui.engine.filled import filled, largest_first, parts, products, sigmoid, squashed, total
from lstm_tui.engine.timeline import Moment
from lstm_tui.step import Equation, Term

_ROWS = {"r": 0, "z": 1, "n": 2}  # PyTorch's order of the three blocks


def gru_equations(cell: Cell, moment: Moment, symbol: str, layer: int, unit: int) -> tuple[Equation, ...]:
    """r, z, n and h of one unit; only the first three where the state was set by hand.

    The addends of n's pre-activation hold r already: `r·h[3]` is r × U_n[3] × h'[3], and the bias is b + r × d, because
    PyTorch's second bias stands inside the bracket that r multiplies.
    """
    values = {name: float(row[0, unit]) for name, row in moment.layers[layer].items()}
    r, z, n = (values[name] for name in ("r", "z", "n"))
    old_h, read = moment.before[layer][0][0], moment.inputs[layer][0]
    both = {name: (_of_x(cell, name, read, symbol, layer, unit), _of_h(cell, name, old_h, unit)) for name in _ROWS}
    lines = [
        squashed(name, f"{name} = σ({{}}) = ", _sorted(*both[name]), sigmoid, values[name], ".4f")
        for name in ("r", "z")
    ]
    of_x, of_h = both["n"]
    sums = total([term.value for term in of_x]), r, total([term.value for term in of_h])
    text = filled("n = tanh({} + {} × {}) = ", sums, lambda a, b, c: math.tanh(a + b * c), n, "+z.4f")
    reset = [Term(term.name if term.name == "bias" else f"r·{term.name}", r * term.value) for term in of_h]
    lines.append(Equation("n", text, n, _sorted(of_x, reset)))
    if moment.edited:
        return tuple(lines)
    before = float(old_h[unit])
    shown = filled(
        "h = (1 - {}) × {} + {} × {} = ", (z, n, z, before), lambda a, b, c, d: (1 - a) * b + c * d, values["h"], "z.2f"
    )
    lines.append(Equation("h", shown + parts(("kept", z * before), ("new", (1 - z) * n), values["h"]), values["h"]))
    return tuple(lines)


def _of_x(cell: Cell, name: str, read: Tensor, symbol: str, layer: int, unit: int) -> list[Term]:
    """W x + b of one unit, in float64."""
    weights, row = cell.weights(), _ROWS[name] * cell.hidden_size + unit
    (inputs,) = products(weights.weight_ih[row : row + 1], read)
    terms = [Term(f"l{layer - 1}.h[{j}]", value) for j, value in enumerate(inputs)]
    if layer == 0:
        terms = [Term(f"x '{symbol}'", total(inputs))]
    return [*terms, *([Term("bias", float(weights.bias_ih[row]))] if weights.biased else [])]


def _of_h(cell: Cell, name: str, old_h: Tensor, unit: int) -> list[Term]:
    """U h' + d of one unit, in float64."""
    weights, row = cell.weights(), _ROWS[name] * cell.hidden_size + unit
    (values,) = products(weights.weight_hh[row : row + 1], old_h)
    terms = [Term(f"h[{j}]", value) for j, value in enumerate(values)]
    return [*terms, *([Term("bias", float(weights.bias_hh[row]))] if weights.biased else [])]


def _sorted(of_x: list[Term], of_h: list[Term]) -> tuple[Term, ...]:
    """All addends, the two biases as one, largest magnitude first."""

    addends = [term for term in (*of_x, *of_h) if term.name != "bias"]
    biases = [term.value for term in (*of_x, *of_h) if term.name == "bias"]
    if biases:
        addends.append(Term("bias", sum(biases)))
    return largest_first([[term.value for term in addends]], [term.name for term in addends])[0]
