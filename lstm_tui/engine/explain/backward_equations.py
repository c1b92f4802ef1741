"""A unit's backward pass through one step, equation by equation: what is handed to it, and to whom it hands it on."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from lstm_tui.core.formulas import Formula
from lstm_tui.core.kinds.cell_kind import CellKind, spelled
from lstm_tui.core.kinds.chain_rule import Link, backward_order, links, recalled_links
from lstm_tui.core.step import Equation, Term
from lstm_tui.engine.causes.gradients import BackwardPass, LayerPass
from lstm_tui.engine.explain.formatting import largest_first, total
from lstm_tui.engine.explain.unit_step import FLOATS

_DIGITS, _MOST_DIGITS = 4, 9
NOTHING = 1e-6
"""The share of the largest addend below which a sum of float32 numbers is nothing but their rounding."""
ROUNDED = "0 but for rounding"
_NEGATIVE_POWER = re.compile(r"(-\d[\d.]*(?:e[+-]?\d+)?)\^")
"""Read as minus a power unless it is put in brackets."""
AFTER = " of t+1"
"""Marks what the step after handed to its states before."""


def backward_equations(
    back: BackwardPass, position: int, layer: int, unit: int, read: Sequence[str]
) -> tuple[Equation, ...]:
    """In the order in which backpropagation comes to them: δh, the gates, the pre-activations, then what goes to the
    states before, to x and to the weights. `read` names what the layer reads.

    None for a cell that no formulas describe, and for a step after which the state was set by hand.
    """
    parts = back.by_layer(position)
    if parts is None or back.edited(position):
        return ()
    above = "the guess" if layer == len(parts) - 1 else f"layer {layer + 2}"
    return tuple(_Unit(parts[layer], unit, above, read).equations())


@dataclass(frozen=True)
class _Addend:
    """A part of a sum: in symbols, and as a formula of numbers."""

    symbols: str
    form: str
    operands: tuple[float, ...]
    rule: Callable[..., float]
    value: float


class _Unit:
    """One unit of a layer at one step."""

    def __init__(self, part: LayerPass, unit: int, above: str, read: Sequence[str]) -> None:
        self._part, self._unit, self._above, self._read = part, unit, above, read
        self._kind: CellKind = part.steps.kind
        self._symbols = {quantity.name: quantity.symbol for quantity in self._kind.quantities}
        self._known = part.steps.numbers(unit)
        self._slopes = {name: float(rows[0, unit]) for name, rows in part.made.values.items()}
        self._z = {row: float(part.steps.of_row(part.made.rows, row)[0, unit]) for row in self._kind.gate_rows}
        self._u = {row: float(part.steps.of_row(part.made.rows_of_h, row)[0, unit]) for row in self._kind.gate_rows}

    def equations(self) -> Iterator[Equation]:
        for name in backward_order(self._kind):
            yield self._sum(name, f"δ{self._symbol(name)}", list(self._from_dependents(name)), self._slopes[name])
        for row in self._rows():
            yield from self._sums(row)
        for state in self._part.steps.states:
            yield self._to_state(state)
        yield self._to_x()
        yield from map(self._to_weights, self._rows())

    def _rows(self) -> list[str]:
        return [name for name in backward_order(self._kind) if name in self._kind.gate_rows]

    def _from_dependents(self, name: str) -> Iterator[_Addend]:
        """Everything that is made of a quantity, and what each hands back."""
        if name == "h" and self._part.seeds is not None:
            yield self._plain(f"from {self._above}", float(self._part.seeds[0, self._unit]))
        if name in self._part.after:
            symbol = self._symbol(name)
            yield self._plain(f"δ{symbol}'{AFTER}", float(self._part.after[name][self._unit]))
        for of in backward_order(self._kind):
            yield from (self._product(link) for link in links(self._kind)[of] if link.by == name)
        yield from self._recalled(name)

    def _recalled(self, name: str) -> Iterator[_Addend]:
        for row in self._kind.recalled:
            for link in (each for each in recalled_links(self._kind, row) if each.by == name):
                factor = float(link.slope.value(self._known, FLOATS))
                into = f"(U_{self._symbol(row)}ᵀ δz_{self._symbol(row)})"
                yield self._times(into, self._through(row), link.slope, factor)

    def _through(self, row: str) -> float:
        """(Uᵀ δz) of a row, at the unit."""
        steps, made = self._part.steps, self._part.made
        block = steps.of_row(steps.weights["weight_hh"].t(), row)[self._unit]
        return float(block.double() @ steps.of_row(made.rows_of_h, row)[0].double())

    def _product(self, link: Link) -> _Addend:
        factor = float(link.slope.value(self._known, FLOATS))
        return self._times(f"δ{self._symbol(link.of)}", self._slopes[link.of], link.slope, factor)

    def _times(self, symbol: str, slope: float, by: Formula, factor: float) -> _Addend:
        names = list(by.names())
        spelling, numbers = by.text(self._symbol, 2), by.text(lambda _: "{}", 2).replace("·", "×")
        if by.text(self._symbol) == "1":
            return self._plain(symbol, slope)

        def rule(first: float, *rest: float) -> float:
            return first * float(by.value(dict(zip(names, rest, strict=True)), FLOATS))

        operands = (slope, *(self._number(name) for name in names))
        return _Addend(f"{symbol}·{spelling}", "{}×" + numbers, operands, rule, slope * factor)

    @staticmethod
    def _plain(symbols: str, value: float) -> _Addend:
        return _Addend(symbols, "{}", (value,), float, value)

    def _sums(self, row: str) -> Iterator[Equation]:
        """δ of a row's pre-activation; of both its parts where they differ."""
        symbol = self._symbol(row)
        for part, found in (("z_", self._z), ("x_", self._z), ("u_", self._u)):
            addends = [
                self._product(link)
                for of in backward_order(self._kind)
                for link in links(self._kind)[of]
                if link.by == part + row
            ]
            if addends:
                yield self._sum(part + row, f"δ{part}{symbol}", addends, found[row])

    def _to_state(self, state: str) -> Equation:
        symbol = self._symbol(state)
        addends = [
            self._product(link)
            for of in backward_order(self._kind)
            for link in links(self._kind)[of]
            if link.by == f"{state}'"
        ]
        addends += self._recalled(f"{state}'")
        if state == "h" and "weight_hh" in self._part.steps.weights:
            plain = [row for row in self._rows() if row not in self._kind.recalled]
            mark = "u_" if self._part.made.rows_of_h is not self._part.made.rows else "z_"
            spelt = ((f"U_{self._symbol(row)}ᵀ δ{mark}{self._symbol(row)}", self._through(row)) for row in plain)
            addends += [self._plain(*each) for each in spelt]
        return self._sum(f"{state}'", f"δ{symbol}'", addends, float(self._part.made.before[state][self._unit]))

    def _to_x(self) -> Equation:
        """By what the layer read, at its own entry: for a one-hot row that of the symbol, else ∂/∂x · x."""
        steps, made, x = self._part.steps, self._part.made, self._part.steps.x[0].double()
        seen = steps.weights["weight_ih"].double() @ x  # (R·H,): W x
        addends = []
        for row in self._rows():
            value = float(steps.of_row(seen, row) @ steps.of_row(made.rows, row)[0].double())
            addends.append(self._plain(f"δz_{self._symbol(row)}·W_{self._symbol(row)} x", value))
        return self._sum("x", "δx·x (all units)", addends, total([each.value for each in addends]))

    def _to_weights(self, row: str) -> Equation:
        """By the weights of a row: the largest of U, and the biases."""
        steps, symbol = self._part.steps, self._symbol(row)
        slope, of_h = self._z[row], self._u[row]
        read = zip(self._read, steps.x[0].tolist(), strict=False)
        terms = [Term(f"W {name}", slope * value) for name, value in read if value]
        if "weight_hh" in steps.weights:
            terms += [Term(f"U h'[{at}]", of_h * value) for at, value in enumerate(steps.recalled(row)[0].tolist())]
        text = f"∂W_{symbol}, ∂U_{symbol}, ∂b_{symbol} = δz_{symbol} × (x, h', 1); ∂b_{symbol} = {slope:+.3g}"
        return Equation(f"W_{row}", text, slope, largest_first(terms))

    def _sum(self, name: str, symbol: str, addends: list[_Addend], value: float) -> Equation:
        """`δc = δh·o·(1 - tanh(c)^2) + … = 0.03121×0.9412×… = +0.0291`."""
        spelt = " + ".join(each.symbols for each in addends) or "0"
        if not addends:
            return Equation(f"δ{name}", f"{symbol} = 0", value)
        numbers = _filled([each.form for each in addends], addends, value)
        terms = tuple(Term(each.symbols, each.value) for each in addends) if len(addends) > 1 else ()
        return Equation(f"δ{name}", f"{symbol} = {numbers}", value, terms, symbols=f"{symbol} = {spelt}")

    def _symbol(self, name: str) -> str:
        for part in ("z_", "x_", "u_"):
            if name.startswith(part):
                return part + self._symbols.get(name[2:], name[2:])
        return spelled(name, self._symbols)

    def _number(self, name: str) -> float:
        return self._known[name]


def _filled(forms: Sequence[str], addends: Sequence[_Addend], value: float) -> str:
    """The sum with its numbers, printed with so many digits that a reader who calculates comes to the result."""
    largest = max(abs(each.value) for each in addends)
    shown = signed(value) if abs(value) > NOTHING * largest else ROUNDED
    text = ""
    for digits in range(_DIGITS, _MOST_DIGITS + 1):
        texts, made = [], []
        for each in addends:
            printed = [f"{operand:.{digits}g}" for operand in each.operands]
            texts.append(_NEGATIVE_POWER.sub(r"(\1)^", each.form.format(*printed)))
            made.append(each.rule(*map(float, printed)))
        text = " + ".join(texts).replace("+ -", "- ")
        if shown in (signed(total(made)), ROUNDED if abs(total(made)) <= NOTHING * largest else ""):
            break
    return f"{text} = {shown}" if text != f"{value:.4g}" else shown


def signed(value: float) -> str:
    """A derivative as it is printed: three digits and a sign."""
    if value == 0 or not math.isfinite(value):
        return "0" if value == 0 else f"{value:+f}"
    return f"{value:+.3g}".replace("e-0", "e-").replace("e+0", "e+")
