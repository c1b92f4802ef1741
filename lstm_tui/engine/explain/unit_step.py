"""One unit at one step, as its cell explains it: what it computed, from which states, and what was added up."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from lstm_tui.core.formulas import read_formula
from lstm_tui.core.kinds.cell_kind import CellKind, spelled
from lstm_tui.core.quantities import Quantity
from lstm_tui.core.step import Equation, Term
from lstm_tui.engine.explain.formatting import filled, in_sums, largest_first, parts, sigmoid, total


def relu(z: float) -> float:
    """z where it is positive, else 0."""
    return max(0.0, z)


FLOATS = {"sigmoid": sigmoid, "tanh": math.tanh, "exp": math.exp, "log": math.log, "relu": relu}
"""The functions of formulas, of Python's numbers."""

_SQUASHES = {
    "sigmoid": "σ({})",
    "tanh": "tanh({})",
    "hard_sigmoid": "hard σ({})",
    "hard_sigmoid_6": "hard σ({})",
    "relu": "relu({})",
    None: "{}",
}
"""How a row is written by what squashes it."""

_BRACKETS = re.compile(r" - (-\d+\.\d+)")
"""A negative number that is subtracted."""


@dataclass(frozen=True, eq=False)
class Row:
    """The addends of one pre-activation, in float64 from the float32 weights and states."""

    of_x: Sequence[float]
    of_h: Sequence[float]
    x: Sequence[float | None]
    """What the addends of x are multiples of; None for a symbol, whose addend is its weight."""
    h: Sequence[float]
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
    recalled: Mapping[str, Sequence[str]] = field(default_factory=dict)
    """Row → what it is multiplied with instead of h, by name."""
    between: Mapping[str, float] = field(default_factory=dict)
    """What the cell computes on the way and does not show, by the names it gives."""

    def addends(self, name: str) -> tuple[list[Term], list[Term]]:
        """W x + b and U h + d of a row."""
        row = self.rows[name]
        h_names = self.recalled.get(name, self.h_names)
        of_x, of_h = [*map(Term, self.x_names, row.of_x, row.x)], [*map(Term, h_names, row.of_h, row.h)]
        for terms, bias in zip((of_x, of_h if row.of_h else of_x), row.biases, strict=False):
            terms.append(Term("bias", bias))
        return of_x, of_h

    def all_rows(self) -> list[Equation]:
        """Every row, in the order of the panels."""
        return [self.row(quantity.name) for quantity in self.kind.quantities if quantity.name in self.rows]

    def row(self, name: str, *more: Term) -> Equation:
        """A row whose quantity is its pre-activation, squashed as its kind says; `more`, each times a weight p of its
        own, are added to it."""
        of_x, of_h = self.addends(name)
        symbol, h_names = self._quantity(name).symbol, self.recalled.get(name, self.h_names)
        h_sum = h_names[0].partition("[")[0]
        added = "".join(f" + p_{symbol}·{term.name}" for term in more)
        added += f" + b_{symbol}" if self.rows[name].biases else ""
        inside = (f"W_{symbol}·[{h_sum}, x]" if self.rows[name].of_h else f"W_{symbol}·x") + added
        sums = self._sums(name, of_x, of_h, *((term.name, [term]) for term in more))
        return self.sum_of(name, [*of_h, *of_x, *more], sums, inside)

    def _sums(self, name: str, of_x: list[Term], of_h: list[Term], *more: tuple[str, list[Term]]) -> tuple[Term, ...]:
        """What a row adds up over x, over h' and over `more`, and its biases."""
        h_sum = self.recalled.get(name, self.h_names)[0].partition("[")[0]
        terms = in_sums((self.x_sum, of_x), (h_sum, of_h), *more)
        return tuple(term for term in terms if term.name != h_sum or self.rows[name].of_h)

    @property
    def x_sum(self) -> str:
        """What the sum over the inputs is called."""
        return self.x_names[0].partition("[")[0] if len(self.x_names) > 1 else self.x_names[0]

    def sum_of(self, name: str, addends: Sequence[Term], sums: tuple[Term, ...] = (), inside: str = "") -> Equation:
        """A quantity that is squashed out of the sum of `addends`; in symbols, of `inside`."""
        quantity = self._quantity(name)
        symbol, form = quantity.symbol, _SQUASHES[quantity.squash]
        terms, value = largest_first(addends), self.values[name]
        start = f"{symbol} = {form} = " if quantity.squash else f"{symbol} = "
        text = filled(start, (total([term.value for term in terms]),), value, quantity.kind != "gate")
        return Equation(name, text, value, terms, sums, f"{symbol} = {form.format(inside)}" if inside else "")

    def computed(self, name: str, formula: str | None = None, more: Mapping[str, float] = {}) -> Equation:
        """A quantity that its kind's formula (or `formula`) makes of others, which `more` may add to."""
        made = read_formula(formula or self.kind.formulas[name])
        quantity, value, names = self._quantity(name), self.values[name], list(made.names())
        operands = [more[each] if each in more else self._number(each) for each in names]

        form = f"{quantity.symbol} = {made.text(lambda _: '{}').replace('·', ' × ')} = "
        text = _BRACKETS.sub(r" - (\1)", filled(form, operands, value, quantity.kind != "gate"))
        of_x, of_h = self.addends(name) if name in self.rows else ([], [])
        terms = largest_first([*of_h, *of_x]) if name in self.rows else ()
        sums = self._sums(name, of_x, of_h) if name in self.rows else ()
        names_as_read = {each.name: each.symbol for each in self.kind.quantities}
        symbols = f"{quantity.symbol} = {made.text(lambda each: spelled(each, names_as_read))}"
        summed = f"z_{quantity.symbol}" if sums else ""
        return Equation(name, text + self._memory(name, value), value, terms, sums, symbols, summed)

    def _memory(self, name: str, value: float) -> str:
        """What a state that is a sum was made of: what was kept, and what is new."""
        memory = next((each for each in self.kind.memories if each.state == name), None)
        if memory is None:
            return ""
        keep, write = (self._value(formula) for formula in (memory.keep, memory.write))
        word = "written" if name == "c" else "new"
        return parts(("kept", keep * self.before[name]), (word, write), value)

    def _value(self, formula: str) -> float:
        made = read_formula(formula)
        return float(made.value({name: self._number(name) for name in made.names()}, FLOATS))

    def _number(self, name: str) -> float:
        """What a name in a formula stands for: a quantity, a state before the step, a row's pre-activation."""
        if name.endswith("'"):
            return self.before[name.removesuffix("'")]
        if name in self.values:
            return self.values[name]
        return total([term.value for part in self.addends(name.removeprefix("z_")) for term in part])

    def _quantity(self, name: str) -> Quantity:
        return next(quantity for quantity in self.kind.quantities if quantity.name == name)
