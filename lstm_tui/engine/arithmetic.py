"""A unit's own arithmetic at one step: each of its equations with the numbers filled in."""

from __future__ import annotations

import math
from collections.abc import Sequence

from torch import Tensor

from lstm_tui.engine.reading import Reading
from lstm_tui.step import Equation, Term
from lstm_tui.vocabulary import visible

_ROWS = {"i": 0, "f": 1, "c_tilde": 2, "o": 3}  # PyTorch's order of the four blocks


def equations(reading: Reading, position: int, layer: int, unit: int) -> tuple[Equation, ...]:
    """f, i, c̃, o, c and h of one unit at `position`, none at step 0.

    Gates give their pre-activation z = W x + U h + b as a sum of named terms; c and h give their products. Operands
    have four decimals. Where the state was set by hand, only the gates are explained.
    """
    if position == 0:
        return ()
    moment = reading.timeline.at(position)
    values = {name: float(row[0, unit]) for name, row in moment.layers[layer].items()}
    old_c = float(moment.before[layer][1][0, unit])
    terms = {name: _terms(reading, position, layer, unit, name) for name in _ROWS}
    lines = [_gate(name, symbol, terms[name], values[name]) for name, symbol in (("f", "f"), ("i", "i"), ("o", "o"))]
    z = math.fsum(term.value for term in terms["c_tilde"])
    candidate = values["c_tilde"]
    lines.insert(2, Equation("c_tilde", f"c̃ = tanh({z:.4f}) = {candidate:+.4f}", candidate, terms["c_tilde"]))
    if moment.edited:
        return tuple(lines)
    c, h, f, i, o = (values[name] for name in ("c", "h", "f", "i", "o"))
    kept, written = f * old_c, i * candidate
    total = f"c = {f:.4f} × {old_c:.4f} + {i:.4f} × {candidate:.4f} = {c:.2f}"
    lines.append(Equation("c", f"{total}    (kept {kept:+.2f}, written {written:+.2f})", c))
    lines.append(Equation("h", f"h = {o:.4f} × tanh({c:.4f}) = {h:.2f}", h))
    return tuple(lines)


def _gate(name: str, symbol: str, terms: Sequence[Term], value: float) -> Equation:
    z = math.fsum(term.value for term in terms)
    return Equation(name, f"{symbol} = σ({z:.4f}) = {value:.4f}", value, tuple(terms))


def _terms(reading: Reading, position: int, layer: int, unit: int, name: str) -> tuple[Term, ...]:
    """The addends of one pre-activation, largest magnitude first, in float64 from the float32 weights and states."""
    model = reading.model
    weights = model.cells[layer].weights()
    row = _ROWS[name] * model.cells[layer].hidden_size + unit
    moment = reading.timeline.at(position)
    old_h = moment.before[layer][0][0]
    recurrent = _products(weights.weight_hh[row], old_h)
    terms = [Term(f"h[{j}]", value) for j, value in enumerate(recurrent)]
    if layer == 0:
        assert moment.x is not None
        symbol = visible(reading.symbols[position - 1])
        terms.append(Term(f"x '{symbol}'", math.fsum(_products(weights.weight_ih[row], moment.x[0]))))
    else:
        below = _products(weights.weight_ih[row], moment.layers[layer - 1]["h"][0])
        terms.extend(Term(f"l{layer - 1}.h[{j}]", value) for j, value in enumerate(below))
    terms.append(Term("bias", float(weights.bias_ih[row].double() + weights.bias_hh[row].double())))
    return tuple(sorted(terms, key=lambda term: -abs(term.value)))


def _products(weights: Tensor, values: Tensor) -> list[float]:
    products: list[float] = (weights.detach().double() * values.double()).tolist()
    return products
