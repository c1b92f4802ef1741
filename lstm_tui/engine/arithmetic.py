"""A unit's own arithmetic at one step: each of its equations with the numbers filled in."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence

from torch import Tensor

from lstm_tui.engine.reading import Reading
from lstm_tui.engine.timeline import Moment
from lstm_tui.step import Equation, Term
from lstm_tui.vocabulary import visible

_ROWS = {"i": 0, "f": 1, "c_tilde": 2, "o": 3}  # PyTorch's order of the four blocks
_DIGITS, _MOST_DIGITS = 4, 8


def equations(reading: Reading, position: int, layer: int, unit: int) -> tuple[Equation, ...]:
    """f, i, c̃, o, c and h of one unit at `position`, none at step 0.

    Gates give their pre-activation z = W x + U h + b as a sum of named terms; c and h give their products. Operands
    have four decimals, and more only where four would not lead a reader who calculates to the result printed. Where
    the state was set by hand, only the gates are explained.
    """
    if position == 0:
        return ()
    moment = reading.timeline.at(position)
    values = {name: float(row[0, unit]) for name, row in moment.layers[layer].items()}
    terms = _terms(reading, moment, visible(reading.symbols[position - 1]), layer, unit)
    f, i, candidate, o = (values[name] for name in ("f", "i", "c_tilde", "o"))
    lines = [
        _squashed("f", "f = σ({}) = ", terms["f"], _sigmoid, f, ".4f"),
        _squashed("i", "i = σ({}) = ", terms["i"], _sigmoid, i, ".4f"),
        _squashed("c_tilde", "c̃ = tanh({}) = ", terms["c_tilde"], math.tanh, candidate, "+.4f"),
        _squashed("o", "o = σ({}) = ", terms["o"], _sigmoid, o, ".4f"),
    ]
    if moment.edited:
        return tuple(lines)
    c, h, old_c = values["c"], values["h"], float(moment.before[layer][1][0, unit])
    kept, written = f * old_c, i * candidate
    total = _filled("c = {} × {} + {} × {} = ", (f, old_c, i, candidate), lambda a, b, x, y: a * b + x * y, c, ".2f")
    lines.append(Equation("c", f"{total}    (kept {kept:+.2f}, written {written:+.2f})", c))
    shown = _filled("h = {} × tanh({}) = ", (o, c), lambda a, b: a * math.tanh(b), h, ".2f")
    lines.append(Equation("h", shown, h))
    return tuple(lines)


def _squashed(
    name: str, form: str, terms: tuple[Term, ...], squash: Callable[[float], float], value: float, result: str
) -> Equation:
    z = _sum([term.value for term in terms])
    return Equation(name, _filled(form, (z,), squash, value, result), value, terms)


def _filled(
    form: str, operands: Sequence[float], rule: Callable[..., float], value: float, result: str, digits: int = _DIGITS
) -> str:
    """`form` with the operands in it and the result after it, printed so that the arithmetic on paper comes out.

    The value is the model's own float32; where it lies on the edge between two roundings, no number of digits helps.
    """
    shown = format(value, result)
    for more in range(digits, _MOST_DIGITS + 1):
        printed = [f"{operand:.{more}f}" for operand in operands]
        if format(rule(*map(float, printed)), result) == shown:
            return form.format(*printed) + shown
    return form.format(*(f"{operand:.{digits}f}" for operand in operands)) + shown


def _sum(values: Sequence[float]) -> float:
    """Exactly rounded; infinite or NaN where an addend is (`fsum` would raise for +∞ - ∞)."""
    total = sum(values)
    return math.fsum(values) if math.isfinite(total) else total


def _sigmoid(z: float) -> float:
    return (1 + math.tanh(z / 2)) / 2


def _terms(reading: Reading, moment: Moment, symbol: str, layer: int, unit: int) -> dict[str, tuple[Term, ...]]:
    """The addends of each pre-activation, largest magnitude first, in float64 from the float32 weights and states."""
    cell = reading.model.cells[layer]
    weights = cell.weights()
    old_h, read = moment.before[layer][0][0], moment.inputs[layer][0]
    sums = {}
    for name, block in _ROWS.items():
        row = block * cell.hidden_size + unit
        terms = [Term(f"h[{j}]", value) for j, value in enumerate(_products(weights.weight_hh[row], old_h))]
        inputs = _products(weights.weight_ih[row], read)
        if layer == 0:
            terms.append(Term(f"x '{symbol}'", _sum(inputs)))
        else:
            terms.extend(Term(f"l{layer - 1}.h[{j}]", value) for j, value in enumerate(inputs))
        terms.append(Term("bias", float(weights.bias_ih[row].double() + weights.bias_hh[row].double())))
        sums[name] = tuple(sorted(terms, key=lambda term: -abs(term.value)))
    return sums


def _products(weights: Tensor, values: Tensor) -> list[float]:
    products: list[float] = (weights.detach().double() * values.double()).tolist()
    return products
