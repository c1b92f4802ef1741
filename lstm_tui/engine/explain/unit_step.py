"""One unit at one step, as its cell explains it: what it computed, from which states, and what was added up."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from lstm_tui.core.kinds import CellKind
from lstm_tui.core.step import Equation, Term
from lstm_tui.engine.explain.formatting import filled, in_sums, largest_first, total

_SQUASHES = {"sigmoid": "σ({})", "tanh": "tanh({})", None: "{}"}
"""How a row is written by what squashes it."""


@dataclass(frozen=True, eq=False)
class Row:
    """The addends of one pre-activation, in float64 from the float32 weights and states."""

    of_x: Sequence[float]
    of_h: Sequence[float]
    x: Sequence[float | None]
    """What the addends of x are multiples of; None for a symbol, whose addend is its weight."""
    h: Sequence[float]
    biases: Sequence[float]
    """The two that are added to W x and to U h; none in a layer without biases."""


@dataclass(frozen=True, eq=False)
class UnitStep:
    """One unit of a cell of `kind` at one step."""

    kind: CellKind
    values: Mapping[str, float]
    before: Mapping[str, float]
    """The states of the step before."""
    rows: Mapping[str, Row]
    x_names: Sequence[str]
    h_names: Sequence[str]
    edited: bool
    """Whether the state was set by hand: then nothing but the rows is to be explained."""

    def addends(self, name: str) -> tuple[list[Term], list[Term]]:
        """W x + b and U h + d of a row."""
        row = self.rows[name]
        of_x, of_h = [*map(Term, self.x_names, row.of_x, row.x)], [*map(Term, self.h_names, row.of_h, row.h)]
        for terms, bias in zip((of_x, of_h), row.biases, strict=False):
            terms.append(Term("bias", bias))
        return of_x, of_h

    def all_rows(self) -> list[Equation]:
        """Every row, in the order of the panels."""
        return [self.row(quantity.name) for quantity in self.kind.quantities if quantity.name in self.rows]

    def row(self, name: str) -> Equation:
        """A row whose quantity is its pre-activation, squashed as its kind says."""
        quantity = next(q for q in self.kind.quantities if q.name == name)
        of_x, of_h = self.addends(name)
        terms, value, symbol = largest_first([*of_h, *of_x]), self.values[name], quantity.symbol
        form = _SQUASHES[quantity.squash]
        inside = f"W_{symbol}·[h', x]" + (f" + b_{symbol}" if self.rows[name].biases else "")
        start = f"{symbol} = {form} = " if quantity.squash else f"{symbol} = "
        text = filled(start, (total([term.value for term in terms]),), value, quantity.squash != "sigmoid")
        sums = in_sums((self.x_sum, of_x), ("h'", of_h))
        return Equation(name, text, value, terms, sums, f"{symbol} = {form.format(inside)}")

    @property
    def x_sum(self) -> str:
        """What the sum over the inputs is called."""
        return self.x_names[0].partition("[")[0] if len(self.x_names) > 1 else self.x_names[0]
