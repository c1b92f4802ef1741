"""A number as a polynomial: sums of products of the inputs x, h, c and of activations of such polynomials.

What is multiplied out and collected is the same however it was written: `(1 - z) * n + z * h` and `n + z * (h - n)`
are one polynomial. The weights are numbers in it, so the coefficients of a pre-activation are its Jacobian, exactly.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any

import numpy

from lstm_tui.engine.judging.activations import FUNCTIONS, named

Monomial = tuple[int, ...]
"""Sorted symbols; () is the constant."""
NEAR = 2e-5
"""How far two coefficients of one value may be apart: they come of float32 weights, added in different orders."""
MOST = 4000
"""Terms that a polynomial may have."""


class TooLarge(Exception):
    """A number whose polynomial has no end: it is not read."""


@dataclass(frozen=True)
class Poly:
    """Monomial → coefficient; none is zero."""

    terms: dict[Monomial, float]

    @property
    def constant(self) -> float | None:
        """Its value, if it is a plain number."""
        if not self.terms:
            return 0.0
        return self.terms[()] if len(self.terms) == 1 and () in self.terms else None

    @property
    def symbols(self) -> set[int]:
        """Everything that it is made of."""
        return {symbol for monomial in self.terms for symbol in monomial}

    @property
    def affine(self) -> bool:
        """Whether no two symbols are multiplied."""
        return all(len(monomial) < 2 for monomial in self.terms)

    def only(self) -> int | None:
        """The symbol that it is, and nothing else."""
        if len(self.terms) != 1:
            return None
        ((monomial, factor),) = self.terms.items()
        return monomial[0] if len(monomial) == 1 and abs(factor - 1) < NEAR else None

    def near(self, other: Poly) -> bool:
        """Whether it is the same but for rounding."""
        keys = self.terms.keys() | other.terms.keys()
        return all(abs(self.terms.get(k, 0.0) - other.terms.get(k, 0.0)) < NEAR for k in keys)


def collected(terms: Iterable[tuple[Monomial, float]]) -> Poly:
    """A sum of terms."""
    found: dict[Monomial, float] = {}
    for monomial, factor in terms:
        found[monomial] = found.get(monomial, 0.0) + factor
    return Poly({monomial: factor for monomial, factor in found.items() if abs(factor) > 1e-7})


def number(value: float) -> Poly:
    """A constant."""
    return Poly({(): value} if value else {})


def symbol(at: int) -> Poly:
    """One symbol."""
    return Poly({(at,): 1.0})


def added(a: Poly, b: Poly, factor: float = 1.0) -> Poly:
    """`a + factor·b`."""
    return collected([*a.terms.items(), *((m, factor * v) for m, v in b.terms.items())])


def scaled(a: Poly, factor: float) -> Poly:
    """`factor·a`."""
    return collected((m, factor * v) for m, v in a.terms.items())


@dataclass(frozen=True, eq=False)
class Atom:
    """An activation of polynomials, or an operation that is not looked into."""

    at: int
    """Its symbol."""
    act: str
    """`sigmoid`, `tanh` …; `identity` for a sum that is multiplied as a whole; `layer_norm`; else an operation."""
    inner: tuple[Poly, ...]
    """What it is applied to; what a normalisation is applied to comes whole, with its own entry first."""
    settings: tuple[float, ...] = ()
    value: float = 0.0
    ids: list[int] = field(default_factory=list)
    """The numbers that it was found in, as the recorder has them."""

    @property
    def argument(self) -> Poly:
        """What it is applied to."""
        return self.inner[0]


class Algebra:
    """The symbols of one reading: `variables` inputs, then atoms, one for all that is the same."""

    def __init__(self, variables: int) -> None:
        self.variables = variables
        self.atoms: list[Atom] = []

    def atom(self, at: int) -> Atom | None:
        """The atom of a symbol; None for an input."""
        return self.atoms[at - self.variables] if at >= self.variables else None

    def applied(
        self, act: str, inner: tuple[Poly, ...], value: float, source: int | None, settings: tuple[float, ...] = ()
    ) -> Poly:
        """`act` of `inner`: an atom that is there already, also where its argument has the other sign, or a new one."""
        odd = act in ("tanh", "identity", "sigmoid") and len(inner) == 1
        for atom in self.atoms:
            if atom.act != act or atom.settings != settings or len(atom.inner) != len(inner):
                continue
            if all(a.near(b) for a, b in zip(atom.inner, inner, strict=True)):
                if source is not None:
                    atom.ids.append(source)
                return symbol(atom.at)
            if odd and atom.argument.near(scaled(inner[0], -1)):
                return added(number(1.0 if act == "sigmoid" else 0.0), symbol(atom.at), -1)
        made = Atom(self.variables + len(self.atoms), act, inner, settings, value, [] if source is None else [source])
        self.atoms.append(made)
        return symbol(made.at)

    def product(self, a: Poly, b: Poly, values: tuple[float, float] = (0.0, 0.0)) -> Poly:
        """`a·b`. A sum over several inputs stays together as a factor, that it can be told apart again."""
        for one, other in ((a, b), (b, a)):
            if one.constant is not None:
                return scaled(other, one.constant)
        a, b = self._whole(a, values[0]), self._whole(b, values[1])
        if len(a.terms) * len(b.terms) > MOST:
            raise TooLarge
        return collected(
            (tuple(sorted(m + n)), v * w) for m, v in a.terms.items() for n, w in b.terms.items()
        )  # fmt: skip

    def _whole(self, a: Poly, value: float) -> Poly:
        inputs = sum(len(m) == 1 and m[0] < self.variables for m in a.terms)
        if inputs > 1 or (inputs == 1 and len(a.terms) > 2):
            return self.applied("identity", (a,), value, None)
        return a

    def power(self, a: Poly, exponent: float, value: float, source: int | None) -> Poly:
        """`a ** exponent`."""
        if exponent in (2, 3):
            square = self.product(a, a)
            return square if exponent == 2 else self.product(square, a)
        if exponent == 1:
            return a
        return self.applied("reciprocal" if exponent == -1 else "power", (a,), value, source, (float(exponent),))

    def opened(self, a: Poly) -> Poly:
        """Sums that were kept together, multiplied out where they stand alone."""
        found: list[tuple[Monomial, float]] = []
        for monomial, factor in a.terms.items():
            atom = self.atom(monomial[0]) if len(monomial) == 1 else None
            if atom is not None and atom.act == "identity":
                found += [(m, factor * v) for m, v in atom.argument.terms.items()]
            else:
                found.append((monomial, factor))
        return collected(found)

    def expanded(self, a: Poly) -> Poly:
        """Sums that were kept together, multiplied out wherever they stand. Raises `TooLarge`."""
        found: list[tuple[Monomial, float]] = []
        for monomial, factor in a.terms.items():
            whole = [at for at in monomial if (atom := self.atom(at)) is not None and atom.act == "identity"]
            if not whole:
                found.append((monomial, factor))
                continue
            rest = list(monomial)
            rest.remove(whole[0])
            inside = self.expanded(self.atoms[whole[0] - self.variables].argument)
            found += [(tuple(sorted((*rest, *m))), factor * v) for m, v in inside.terms.items()]
            if len(found) > MOST:
                raise TooLarge
        return collected(found)

    # Functions of one pre-activation

    def settled(self, a: Poly, source: int | None, value: float) -> Poly:
        """`a` itself, or the one activation that it is: `1 / (1 + exp(-z))` is σ(z), `2·σ(2z) - 1` is tanh z."""
        base = self._base(a)
        if base is None:
            return a
        single = {self.atoms[s - self.variables].act for s in a.symbols}
        simple = a.affine and len(a.symbols) == 1 and single <= set(FUNCTIONS)
        simple = simple and single <= {"sigmoid", "tanh"}
        if simple and (at := a.only()) is not None:
            if not self._composed(self.atoms[at - self.variables].argument):
                return a
            simple = False
        direction, pairs = base
        grid = numpy.linspace(-3.7, 4.1, 23)
        with numpy.errstate(all="ignore"):
            seen = self._along(a, direction, grid)
        if seen is None or not numpy.isfinite(seen).all():
            return a
        for slope, shift in pairs:
            for stretch in (1.0, -1.0, 2.0, 0.5, -2.0, -0.5):
                found = named(seen, stretch * (slope * grid + shift))
                if found is None or (simple and found in single):
                    continue
                inner = added(scaled(direction, stretch * slope), number(stretch * shift))
                return self.applied(found, (inner,), value, source)
        return a

    def _base(self, a: Poly) -> tuple[Poly, list[tuple[float, float]]] | None:
        """The one direction that everything in `a` depends on, and as which multiples; None where there are more."""
        if not a.symbols or any(s < self.variables for s in a.symbols):
            return None
        direction: Poly | None = None
        pairs: list[tuple[float, float]] = []
        for at in a.symbols:
            atom = self.atoms[at - self.variables]
            if len(atom.inner) != 1 or atom.act not in FUNCTIONS:
                return None
            own, more = (self._base(atom.argument) if self._composed(atom.argument) else None) or _direction(
                atom.argument
            )
            if direction is not None and not direction.near(own):
                return None
            direction = own
            pairs += more
        return None if direction is None else (direction, pairs)

    def _composed(self, a: Poly) -> bool:
        """Whether something in it is neither an input nor an activation that has a name already."""
        atoms = [self.atom(at) for at in a.symbols]
        return any(atom is not None and atom.act not in ("sigmoid", "tanh") for atom in atoms)

    def _along(self, a: Poly, direction: Poly, t: Any) -> Any:
        """`a` where its direction has the values `t`; see `_base`."""
        total = numpy.zeros_like(t)
        for monomial, factor in a.terms.items():
            part = numpy.full_like(t, factor)
            for at in monomial:
                part = part * self._atom_along(self.atoms[at - self.variables], direction, t)
            total = total + part
        return total

    def _atom_along(self, atom: Atom, direction: Poly, t: Any) -> Any:
        own, ((slope, shift),) = _direction(atom.argument)
        z = slope * t + shift if own.near(direction) else self._along(atom.argument, direction, t)
        function: Callable[..., Any] = FUNCTIONS[atom.act]
        return function(z, *atom.settings)

    def value(self, a: Poly, inputs: Any) -> float:
        """The number that `a` is where the inputs have these values."""
        total = 0.0
        for monomial, factor in a.terms.items():
            part = factor
            for at in monomial:
                part *= float(inputs[at]) if at < self.variables else self._atom_value(at, inputs)
            total += part
        return total

    def _atom_value(self, at: int, inputs: Any) -> float:
        atom = self.atoms[at - self.variables]
        function = FUNCTIONS.get(atom.act)
        if function is None or len(atom.inner) != 1:
            return atom.value
        with numpy.errstate(all="ignore"):  # outside of its domain it is NaN
            return float(function(self.value(atom.argument, inputs), *atom.settings))


def _direction(a: Poly) -> tuple[Poly, list[tuple[float, float]]]:
    """`a` without its constant, its first coefficient made 1; and what it was divided by and its constant."""
    lead = next((m for m in sorted(a.terms) if m), ())
    slope = a.terms.get(lead, 1.0)
    own = scaled(collected((m, v) for m, v in a.terms.items() if m), 1 / slope)
    return own, [(slope, a.terms.get((), 0.0))]


def euclid(a: Poly, shared: int) -> Poly | None:
    """`a` divided by a symbol that every term holds; None where one does not."""
    found: dict[Monomial, float] = {}
    for monomial, factor in a.terms.items():
        if shared not in monomial:
            return None
        rest = list(monomial)
        rest.remove(shared)
        found[tuple(rest)] = factor
    return Poly(found)


def finite(value: float) -> bool:
    """Whether it is a number."""
    return math.isfinite(value)
