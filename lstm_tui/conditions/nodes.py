"""The nodes of a condition's tree, each frozen and compared by value."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

LOGITS = "logits"
"""The output layer's vector, one value a symbol: a quantity of no layer."""


@dataclass(frozen=True)
class Number:
    """A number written in the text."""

    value: float


@dataclass(frozen=True)
class Time:
    """`t` (`plus` 0) and `step` (`plus` 1)."""

    plus: int
    ago: int = 0


@dataclass(frozen=True)
class Units:
    """A whole vector: a layer's quantity, or (`layer` None) the logits, or one of a row of numbers."""

    layer: int | None
    quantity: str
    size: int
    gate: bool
    """Between 0 and 1, so that both ends are saturation."""
    initial: float | None
    """What a state is before the first step; None for everything else, which does not exist there."""
    ago: int = 0
    side: int = 0
    """Whose it is where two models stand side by side: 0 is a, 1 is b."""


@dataclass(frozen=True)
class Unit:
    """One value of such a vector."""

    layer: int | None
    quantity: str
    index: int
    gate: bool
    initial: float | None
    ago: int = 0
    side: int = 0


@dataclass(frozen=True)
class Outcome:
    """What the output layer makes: `loss` and `entropy` in nats, `p` of the target, or `p` of the symbol `index`; and
    `kl`, how far the guesses of two models side by side are apart; `grad_norm`, the norm of the derivatives of the sum
    of all losses by the states (c and h) of the step."""

    name: Literal["p", "loss", "entropy", "kl", "grad_norm"]
    index: int | None = None
    ago: int = 0
    side: int = 0


@dataclass(frozen=True)
class Negative:
    """-x."""

    operand: Numeric


@dataclass(frozen=True)
class Absolute:
    """abs(x)."""

    operand: Numeric


@dataclass(frozen=True)
class Arithmetic:
    """Two numbers made one, unit by unit where they are vectors. Nothing exists where one divides by zero."""

    operator: Literal["+", "-", "*", "/", "//", "%"]
    left: Numeric
    right: Numeric


@dataclass(frozen=True)
class Power:
    """x ** a number written in the text."""

    base: Numeric
    exponent: float


@dataclass(frozen=True)
class Reduced:
    """One number out of a vector."""

    function: Literal["min", "max", "mean", "sum"]
    operand: Numeric


@dataclass(frozen=True)
class Extreme:
    """The smallest or largest of several numbers."""

    function: Literal["min", "max"]
    operands: tuple[Numeric, ...]


@dataclass(frozen=True)
class Saturated:
    """The share of units above `over` or below `under`."""

    operand: Numeric
    over: float
    under: float


Numeric = (
    Number | Time | Units | Unit | Outcome | Negative | Absolute | Arithmetic | Power | Reduced | Extreme | Saturated
)


@dataclass(frozen=True)
class Symbol:
    """A character that changes from step to step."""

    name: Literal["char", "target", "guess"]
    ago: int = 0
    side: int = 0


@dataclass(frozen=True)
class Letter:
    """A character written in the text; `index` None where the vocabulary lacks it, so that nothing equals it."""

    index: int | None


Symbolic = Symbol | Letter


@dataclass(frozen=True)
class Compared:
    """A chain of comparisons of numbers: `operands[0] operators[0] operands[1] …`. `texts` is how each was written."""

    operands: tuple[Numeric, ...]
    operators: tuple[str, ...]
    texts: tuple[str, ...]


@dataclass(frozen=True)
class Matched:
    """A chain of `==` and `!=` between characters."""

    operands: tuple[Symbolic, ...]
    operators: tuple[str, ...]
    texts: tuple[str, ...]


@dataclass(frozen=True)
class OneOf:
    """A character is (or, `negated`, exists and is not) one of some symbols."""

    operand: Symbolic
    indices: frozenset[int]
    negated: bool
    texts: tuple[str, str]


@dataclass(frozen=True)
class Crossed:
    """x was on one side of the level and is now on it or on the other: was < level <= x or was > level >= x."""

    was: Numeric
    was_level: Numeric
    now: Numeric
    level: Numeric
    texts: tuple[str, str]


@dataclass(frozen=True)
class NotFinite:
    """A quantity of a step is NaN, or infinite. `texts` is how it was written."""

    function: Literal["isnan", "isinf"]
    operand: Units | Unit
    texts: tuple[str]


@dataclass(frozen=True)
class Not:
    """The opposite of a truth."""

    operand: Truth


@dataclass(frozen=True)
class Joined:
    """`and` or `or` of several truths, unit by unit where they have units."""

    operator: Literal["and", "or"]
    operands: tuple[Truth, ...]


@dataclass(frozen=True)
class Quantified:
    """`any` or `all` of a vector's truths."""

    function: Literal["any", "all"]
    operand: Truth


Truth = Compared | Matched | OneOf | Crossed | NotFinite | Not | Joined | Quantified
Node = Numeric | Symbolic | Truth

NODES = (
    *(Number, Time, Units, Unit, Outcome, Negative, Absolute, Arithmetic, Power, Reduced, Extreme, Saturated),
    *(Symbol, Letter, Compared, Matched, OneOf, Crossed, NotFinite, Not, Joined, Quantified),
)
"""Every class of node, for `isinstance`."""
