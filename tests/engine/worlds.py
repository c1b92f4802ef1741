"""Random conditions, each made twice: as text, and as plain Python that asks one step of a world of lists.

The Python side shares nothing with the engine: no tensors, no tree, no chunks. What does not exist is None.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import torch
from hypothesis import strategies as st
from torch import Tensor

from lstm_tui.conditions import NameSpace
from lstm_tui.engine.search.chunk import Chunk

SYMBOLS = ("a", "b", "c")
UNITS = (4, 2)
GATES, SIGNED, STATES = ("f", "i", "o"), ("c_tilde", "c", "h"), ("c", "h")
NAMES = NameSpace(
    tuple(dict.fromkeys((*GATES, *SIGNED), units) for units in UNITS),
    SYMBOLS,
    frozenset(GATES),
    dict.fromkeys(STATES, 0.0),
)

Maybe = float | None


@dataclass
class World:
    """A text that was read: every list has one entry a step."""

    chars: list[int]
    values: dict[tuple[int, str], list[list[float]]]
    logits: list[list[float]]

    def __len__(self) -> int:
        return len(self.chars)

    def unit(self, layer: int, name: str, unit: int, t: int) -> Maybe:
        if t < 0:
            return 0.0 if name in STATES else None
        return self.values[layer, name][t][unit]

    def p(self, t: int) -> list[float] | None:
        if t < 0:
            return None
        weights = [math.exp(logit) for logit in self.logits[t]]
        return [weight / sum(weights) for weight in weights]

    def symbol(self, name: str, t: int) -> str | None:
        if t < 0:
            return None
        if name == "guess":
            return SYMBOLS[self.logits[t].index(max(self.logits[t]))]
        at = t if name == "char" else t + 1
        return SYMBOLS[self.chars[at]] if at < len(self) else None

    def outcome(self, name: str, t: int) -> Maybe:
        p, target = self.p(t), self.symbol("target", t)
        if p is not None and name == "entropy":
            return -sum(x * math.log(x) for x in p)
        if p is None or target is None:
            return None
        chance = p[SYMBOLS.index(target)]
        return chance if name == "p" else -math.log(chance)

    def chunk(self, shake: Callable[[Tensor], Tensor] = lambda x: x) -> Chunk:
        """The same as tensors."""
        return Chunk(
            0,
            torch.tensor(self.chars),
            torch.tensor([*self.chars[1:], -1]),
            {key: shake(torch.tensor(rows, dtype=torch.float64)) for key, rows in self.values.items()},
            logits=shake(torch.tensor(self.logits, dtype=torch.float64)),
        )


def _rows(rows: int, units: int, low: int, high: int) -> st.SearchStrategy[list[list[float]]]:
    eighths = st.integers(low * 8, high * 8).map(lambda n: n / 8)  # sums and means of these are exact: ties are ties
    return st.lists(st.lists(eighths, min_size=units, max_size=units), min_size=rows, max_size=rows)


@st.composite
def worlds(draw: st.DrawFn) -> World:
    length = draw(st.integers(1, 6))
    chars = draw(st.lists(st.integers(0, 2), min_size=length, max_size=length))
    values = {
        (layer, name): draw(_rows(length, units, 0 if name in GATES else -1, 1))
        for layer, units in enumerate(UNITS)
        for name in (*GATES, *SIGNED)
    }
    return World(chars, values, draw(_rows(length, len(SYMBOLS), -2, 2)))


@dataclass
class Twice:
    """Something in both forms; `ask(world, t, unit)` ignores the unit where there is one value a step."""

    text: str
    ask: Callable[[World, int, int], Any]
    units: int | None = None


def _lifted(function: Callable[..., Maybe], *parts: Twice) -> Callable[[World, int, int], Maybe]:
    def ask(world: World, t: int, unit: int) -> Maybe:
        values = [part.ask(world, t, unit) for part in parts]
        return None if None in values else function(*values)

    return ask


def _divided(operator: str) -> Callable[[float, float], Maybe]:
    def divide(a: float, b: float) -> Maybe:
        if b == 0:
            return None
        return {"/": lambda: a / b, "//": lambda: a // b, "%": lambda: a % b}[operator]()

    return divide


CALCULATE: dict[str, Callable[[float, float], Maybe]] = {
    "+": lambda a, b: a + b,
    "-": lambda a, b: a - b,
    "*": lambda a, b: a * b,
    **{operator: _divided(operator) for operator in ("/", "//", "%")},
}
COMPARE: dict[str, Callable[[float, float], bool]] = {
    "<": lambda a, b: a < b,
    "<=": lambda a, b: a <= b,
    ">": lambda a, b: a > b,
    ">=": lambda a, b: a >= b,
    "==": lambda a, b: a == b,
    "!=": lambda a, b: a != b,
}


def _earlier(part: Twice) -> Twice:
    return Twice(f"prev({part.text})", lambda w, t, u: part.ask(w, t - 1, u), part.units)


@st.composite
def leaves(draw: st.DrawFn, layer: int | None) -> Twice:
    """A number (`layer` None), or a vector of that layer."""
    name = draw(st.sampled_from((*GATES, *SIGNED)))
    if layer is not None:
        dotted = name if layer == 0 and draw(st.booleans()) else f"l{layer}.{name}"
        return Twice(dotted, lambda w, t, u: w.unit(layer, name, u, t), UNITS[layer])
    kind = draw(st.sampled_from(("unit", "unit", "number", "t", "step")))
    if kind == "number":
        value = draw(st.integers(-12, 12)) / 8
        return Twice(f"({value})", lambda w, t, u: value)
    if kind != "unit":
        return Twice(kind, lambda w, t, u: float(t + (kind == "step")))
    where = draw(st.integers(0, 1))
    unit = draw(st.integers(0, UNITS[where] - 1))
    return Twice(f"l{where}.{name}[{unit}]", lambda w, t, u: w.unit(where, name, unit, t))


@st.composite
def numbers(draw: st.DrawFn, layer: int | None = None, depth: int = 2) -> Twice:
    """A number or a vector, up to `depth` operations deep."""
    if depth == 0:
        return draw(leaves(layer))
    below = numbers(layer, depth - 1)
    kinds = ["leaf", "arithmetic", "negative", "abs", "prev", "delta", "square"]
    kind = draw(st.sampled_from(kinds if layer is not None else [*kinds, "fold", "picked", "extreme", "saturated"]))
    if kind == "leaf":
        return draw(leaves(layer))
    if kind in ("fold", "picked", "saturated"):
        return draw(_from_vector(kind, depth))
    one = draw(below)
    if kind == "prev":
        return _earlier(one)
    if kind == "delta":
        return Twice(f"delta({one.text})", _lifted(lambda a, b: a - b, one, _earlier(one)), one.units)
    if kind == "extreme":
        extremes: tuple[tuple[str, Callable[..., float]], ...] = (("min", min), ("max", max))
        other, (name, function) = draw(below), draw(st.sampled_from(extremes))
        return Twice(f"{name}({one.text}, {other.text})", _lifted(function, one, other))
    if kind == "arithmetic":
        other, operator = draw(below | leaves(None)), draw(st.sampled_from(list(CALCULATE)))
        text = f"({one.text} {operator} {other.text})"
        return Twice(text, _lifted(CALCULATE[operator], one, other), one.units)
    unary: dict[str, tuple[str, Callable[..., float]]] = {
        "negative": ("(-{})", _negative),
        "abs": ("abs({})", abs),
        "square": ("({} ** 2)", _square),
    }
    form, changed = unary[kind]
    return Twice(form.format(one.text), _lifted(changed, one), one.units)


@st.composite
def _from_vector(draw: st.DrawFn, kind: str, depth: int) -> Twice:
    layer = draw(st.integers(0, 1))
    vector = draw(numbers(layer, depth - 1))
    count = UNITS[layer]
    if kind == "picked":
        unit = draw(st.integers(0, count - 1))
        return Twice(f"({vector.text})[{unit}]", lambda w, t, u: vector.ask(w, t, unit))
    if kind == "saturated":
        name = draw(st.sampled_from(("f", "c")))
        share = lambda *xs: sum(x > 0.75 or x < (0.25 if name == "f" else -0.75) for x in xs) / count  # noqa: E731
        text, vector = f"saturated(l{layer}.{name}, 0.75)", draw(st.just(_named(layer, name)))
        return Twice(text, _over_units(share, vector, count))
    name, function = draw(
        st.sampled_from((("min", min), ("max", max), ("sum", _sum), ("mean", lambda *xs: _sum(*xs) / count)))
    )
    return Twice(f"{name}({vector.text})", _over_units(function, vector, count))


def _negative(a: float) -> float:
    return -a


def _square(a: float) -> float:
    return a * a


def _sum(*xs: float) -> float:
    return sum(xs)


def _named(layer: int, name: str) -> Twice:
    return Twice(name, lambda w, t, u: w.unit(layer, name, u, t), UNITS[layer])


def _unit_of(vector: Twice, unit: int) -> Twice:
    return Twice("", lambda w, t, u: vector.ask(w, t, unit))


def _over_units(function: Callable[..., float], vector: Twice, count: int) -> Callable[[World, int, int], Maybe]:
    units = [_unit_of(vector, unit) for unit in range(count)]
    return _lifted(function, *units)


@st.composite
def comparisons(draw: st.DrawFn, layer: int | None) -> Twice:
    kinds = ("numbers", "numbers", "crosses") if layer is not None else ("numbers", "crosses", "symbols", "outcome")
    kind = draw(st.sampled_from(kinds))
    if kind == "symbols":
        return draw(_symbols())
    if kind == "outcome":
        name, level = draw(st.sampled_from(("p", "loss", "entropy"))), draw(st.sampled_from((0.3217, 0.8713)))
        return Twice(f"{name} > {level}", lambda w, t, u: (v := w.outcome(name, t)) is not None and v > level)
    if kind == "crosses":
        return _crosses(draw(numbers(layer, 1)), draw(leaves(None)))
    chain = [draw(numbers(layer)), *draw(st.lists(numbers(layer, 1) | leaves(None), min_size=1, max_size=2))]
    operators = [draw(st.sampled_from(list(COMPARE))) for _ in chain[1:]]

    def ask(world: World, t: int, unit: int) -> bool:
        values = [part.ask(world, t, unit) for part in chain]
        pairs = zip(operators, values, values[1:], strict=False)
        return all(a is not None and b is not None and COMPARE[op](a, b) for op, a, b in pairs)

    words = [word for op, part in zip(operators, chain[1:], strict=True) for word in (op, part.text)]
    return Twice(" ".join([chain[0].text, *words]), ask, chain[0].units)


def _crosses(one: Twice, level: Twice) -> Twice:
    def ask(world: World, t: int, unit: int) -> bool:
        was, was_level = one.ask(world, t - 1, unit), level.ask(world, t - 1, unit)
        now, limit = one.ask(world, t, unit), level.ask(world, t, unit)
        if was is None or was_level is None or now is None or limit is None:
            return False
        return bool(was < was_level and now >= limit) or bool(was > was_level and now <= limit)

    return Twice(f"crosses({one.text}, {level.text})", ask, one.units)


@st.composite
def _symbols(draw: st.DrawFn) -> Twice:
    name, letter = draw(st.sampled_from(("char", "target", "guess"))), draw(st.sampled_from("abz"))
    kind = draw(st.sampled_from(("==", "!=", "in", "not in", "wrong", "prev")))
    if kind == "wrong":
        pairs = lambda w, t: (w.symbol("guess", t), w.symbol("target", t))  # noqa: E731
        return Twice("wrong", lambda w, t, u: None not in pairs(w, t) and pairs(w, t)[0] != pairs(w, t)[1])
    if kind == "prev":
        both = lambda w, t: (w.symbol(name, t - 1), w.symbol("char", t))  # noqa: E731
        return Twice(f"prev({name}) == char", lambda w, t, u: None not in both(w, t) and len(set(both(w, t))) == 1)
    if kind in ("in", "not in"):
        inside = lambda s: (s in ("a", letter)) == (kind == "in")  # noqa: E731
        return Twice(f"{name} {kind} 'a{letter}'", lambda w, t, u: (s := w.symbol(name, t)) is not None and inside(s))
    return Twice(
        f"{name} {kind} '{letter}'",
        lambda w, t, u: (s := w.symbol(name, t)) is not None and (s == letter) == (kind == "=="),
    )


@st.composite
def conditions(draw: st.DrawFn, layer: int | None = None, depth: int = 2) -> Twice:
    """Yes or no a step (`layer` None), or a unit of that layer."""
    kinds = ["compare", "not", "and", "or"] + (["any", "all", "prev"] if layer is None else [])
    kind = draw(st.sampled_from(kinds)) if depth else "compare"
    if kind == "compare":
        return draw(comparisons(layer))
    if kind in ("any", "all"):
        where = draw(st.integers(0, 1))
        inner, fold = draw(conditions(where, depth - 1)), {"any": any, "all": all}[kind]
        return Twice(f"{kind}({inner.text})", lambda w, t, u: fold(inner.ask(w, t, n) for n in range(UNITS[where])))
    one = draw(conditions(layer, depth - 1))
    if kind == "not":
        return Twice(f"not ({one.text})", lambda w, t, u: not one.ask(w, t, u), one.units)
    if kind == "prev":
        return _earlier(one)
    other = draw(conditions(layer, depth - 1))
    fold = {"and": all, "or": any}[kind]
    text = f"({one.text}) {kind} ({other.text})"
    return Twice(text, lambda w, t, u: fold((one.ask(w, t, u), other.ask(w, t, u))), one.units)
