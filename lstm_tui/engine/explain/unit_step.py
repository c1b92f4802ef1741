"""One unit at one step, as its cell explains it: what it computed, from which states, and what was added up."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from lstm_tui.core.kinds import CellKind
from lstm_tui.core.step import Equation, Term
from lstm_tui.engine.explain.formatting import filled, largest_first, sigmoid, total

_FORMS: dict[str | None, tuple[str, Callable[[float], float], str]] = {
    "sigmoid": ("{} = σ({{}}) = ", sigmoid, ".4f"),
    "tanh": ("{} = tanh({{}}) = ", math.tanh, "+z.4f"),
    "hard_sigmoid": ("{} = hard σ({{}}) = ", lambda z: min(1.0, max(0.0, 0.2 * z + 0.5)), ".4f"),
    "hard_sigmoid_6": ("{} = hard σ({{}}) = ", lambda z: min(1.0, max(0.0, z / 6 + 0.5)), ".4f"),
    "relu": ("{} = relu({{}}) = ", lambda z: max(0.0, z), "+z.4f"),
    None: ("{} = ", float, "+z.4f"),
}
"""How a squashed row is written, what squashes it, and how its result is printed."""


@dataclass(frozen=True, eq=False)
class Row:
    """The addends of one pre-activation, in float64 from the float32 weights and states."""

    of_x: Sequence[float]
    of_h: Sequence[float]
    biases: Sequence[float]
    """Those that are added to W x and to U h; none in a layer without biases."""


@dataclass(frozen=True, eq=False)
class UnitStep:
    """One unit of a cell of `kind` at one step."""

    kind: CellKind
    values: Mapping[str, float]
    before: Mapping[str, float]
    """The states of the step before."""
    rows: Mapping[str, Row]
    own: Mapping[str, float]
    """The unit's own entry of every tensor that has one a unit."""
    x_names: Sequence[str]
    h_names: Sequence[str]
    edited: bool
    """Whether the state was set by hand: then nothing but the rows is to be explained."""

    def addends(self, name: str) -> tuple[list[Term], list[Term]]:
        """W x + b and U h + d of a row."""
        row = self.rows[name]
        of_x, of_h = [*map(Term, self.x_names, row.of_x)], [*map(Term, self.h_names, row.of_h)]
        for terms, bias in zip((of_x, of_h), row.biases, strict=False):
            terms.append(Term("bias", bias))
        return of_x, of_h

    def all_rows(self) -> list[Equation]:
        """Every row, in the order of the panels."""
        return [self.row(quantity.name) for quantity in self.kind.quantities if quantity.name in self.rows]

    def row(self, name: str, *more: Term) -> Equation:
        """A row whose quantity is its pre-activation, squashed as its kind says; `more` are added to it."""
        quantity = next(q for q in self.kind.quantities if q.name == name)
        form, squash, result = _FORMS[quantity.squash]
        of_x, of_h = self.addends(name)
        terms, value = largest_first([*of_h, *of_x, *more]), self.values[name]
        z = total([term.value for term in terms])
        return Equation(name, filled(form.format(quantity.symbol), (z,), squash, value, result), value, terms)
