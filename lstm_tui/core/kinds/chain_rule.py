"""The chain rule of a kind of cell, read off its description: what each of its quantities hands back, and to whom.

Names are those of formulas: a quantity, a state before the step with a prime, a row's pre-activation `z_f`, or its
parts `x_n` (W x + b) and `u_n` (U h' + d).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache

from lstm_tui.core.formulas import Applied, Both, Formula, Name, read_formula
from lstm_tui.core.kinds.cell_kind import CellKind

_SQUASHED: Mapping[str | None, str] = {
    "sigmoid": "{0}*(1 - {0})",
    "tanh": "1 - {0}**2",
    "relu": "larger({0}, 0)",
    "hard_sigmoid": "0.2*larger({0}, 0)*larger(1, {0})",
    "hard_sigmoid_6": "larger({0}, 0)*larger(1, {0}) / 6",
    None: "1",
}
"""Squashing → its derivative, in terms of what it made."""


@dataclass(frozen=True)
class Link:
    """One factor of the chain rule: ∂`of`/∂`by`, with everything else that `of` is made of held."""

    of: str
    by: str
    slope: Formula


@cache
def backward_order(kind: CellKind) -> tuple[str, ...]:
    """The quantities as a backward pass comes to them: h first, and each after all that is made of it."""
    parts = {name: {link.by for link in _links(kind, name)} for name in (q.name for q in kind.quantities)}
    for row in kind.recalled:
        parts[row] |= set(read_formula(kind.recalled[row]).names())
    order: list[str] = []
    reached = [name for name in reversed(parts) if not any(name in others for others in parts.values())]
    while reached:
        name = next(one for one in reached if all(of in order for of in parts if one in parts[of]))
        reached.remove(name)
        order.append(name)
        handed = [link.by for link in _links(kind, name)] + sorted(parts[name])
        reached += [by for by in dict.fromkeys(handed) if by in parts and by not in reached]
    return tuple(order)


@cache
def links(kind: CellKind) -> Mapping[str, tuple[Link, ...]]:
    """Quantity → what its derivative is handed on to, in the order of reading."""
    return {name: tuple(_links(kind, name)) for name in backward_order(kind)}


@cache
def recalled_links(kind: CellKind, row: str) -> tuple[Link, ...]:
    """What the derivative by that which U of `row` is multiplied with is handed on to, where that is not h'."""
    formula = read_formula(kind.recalled[row])
    return tuple(Link(row, by, formula.derivative(by)) for by in dict.fromkeys(formula.names()))


def _made(kind: CellKind, name: str) -> Formula | None:
    """How a quantity is made; None for a row that is its pre-activation squashed."""
    text = kind.formulas.get(name) or kind.rows_made.get(name)
    return None if text is None else read_formula(text)


def _links(kind: CellKind, name: str) -> list[Link]:
    formula = _made(kind, name)
    if formula is None:
        squash = next(quantity.squash for quantity in kind.quantities if quantity.name == name)
        return [Link(name, f"z_{name}", read_formula(_SQUASHED[squash].format(name)))]
    vectors = {tensor for tensor, shape in kind.tensors.items() if shape == ((1, "H"),)}
    names = [part for part in dict.fromkeys(formula.names()) if part not in vectors]
    return [Link(name, by, _with_name(formula.derivative(by), formula, Name(name))) for by in names]


def _with_name(formula: Formula, made: Formula, name: Name) -> Formula:
    """`formula` with the quantity's name instead of the formula that makes it: 1 - n² for 1 - tanh(…)²."""
    if formula == made:
        return name
    match formula:
        case Both(sign, left, right):
            return Both(sign, _with_name(left, made, name), _with_name(right, made, name))
        case Applied(function, inner):
            return Applied(function, _with_name(inner, made, name))
    return formula
