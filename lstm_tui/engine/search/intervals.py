"""Numbers that know how far off they may be: interval arithmetic on whole columns of steps.

The fast scan's numbers differ from stepped ones in the last digits. Carrying bounds through the arithmetic of a
condition says where a comparison could come out the other way, also after `(f[3] - f[2]) * 1000`, where a tolerance
at the comparison alone would be blind.

A value that does not exist is NaN with NaN bounds. A value that may or may not exist (a root of what is about zero)
has the bounds -inf and inf, and so has everything made from it: it is `uncertain`.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

import torch
from torch import Tensor


@dataclass(frozen=True, eq=False)
class Interval:
    """`x` somewhere in `low`..`high`: three float64 tensors of one shape, (T, 1), (T, U) or () for a constant."""

    x: Tensor
    low: Tensor
    high: Tensor
    has_gaps: bool = False
    """True where anything in it may be lost or absent: only then later arithmetic has to look."""

    @classmethod
    def exactly(cls, x: Tensor) -> Interval:
        """A number without doubt."""
        return cls(x, x, x)

    @classmethod
    def around(cls, x: Tensor, radius: Tensor | float) -> Interval:
        """A number with this much doubt."""
        return _settled(x, x - radius, x + radius, torch.isnan(x), None)

    @property
    def absent(self) -> Tensor:
        """Where the value does not exist, without doubt."""
        return torch.isnan(self.low)

    @property
    def uncertain(self) -> Tensor | None:
        """Where the value may or may not exist; None for nowhere."""
        return (self.low == -torch.inf) & (self.high == torch.inf) if self.has_gaps else None


def negative(a: Interval) -> Interval:
    """-a."""
    return Interval(-a.x, -a.high, -a.low, a.has_gaps)


def absolute(a: Interval) -> Interval:
    """|a|."""
    low, high = a.low.abs(), a.high.abs()
    around_zero = (a.low < 0) & (a.high > 0)
    least, most = torch.minimum(low, high).masked_fill(around_zero, 0.0), torch.maximum(low, high)
    return _settled(a.x.abs(), least, most, a.absent, a.uncertain)


def arithmetic(operator: str, a: Interval, b: Interval) -> Interval:
    """a `operator` b, one of + - * / // %; nothing exists where b is zero in the last three."""
    absent, uncertain = a.absent | b.absent, _either(a.uncertain, b.uncertain)
    if operator == "+":
        return _settled(a.x + b.x, a.low + b.low, a.high + b.high, absent, uncertain)
    if operator == "-":
        return _settled(a.x - b.x, a.low - b.high, a.high - b.low, absent, uncertain)
    if operator == "*":
        return _settled(a.x * b.x, *_corners(torch.mul, a, b), absent, uncertain)
    function = _DIVIDING[operator]
    x = function(a.x, b.x).masked_fill(b.x == 0, torch.nan)
    zero = (b.low == 0) & (b.high == 0)
    low, high = _remainders(a, b) if operator == "%" else _corners(function, a, b)
    unsure = (b.low <= 0) & (b.high >= 0)
    return _settled(x, low.masked_fill(unsure, torch.nan), high, absent | zero, uncertain)


def power(a: Interval, exponent: float) -> Interval:
    """a ** exponent. Nothing exists for a root of a negative number and for zero to a negative power."""
    whole = exponent == int(exponent)
    low, high = a.low**exponent, a.high**exponent
    least, most = torch.minimum(low, high), torch.maximum(low, high)
    around_zero = (a.low <= 0) & (a.high >= 0)
    absent = a.absent
    x = a.x**exponent
    if whole and exponent % 2 == 0 and exponent > 0:
        least = least.masked_fill(around_zero, 0.0)
    elif not whole:
        absent = absent | (a.high < 0)  # where only `low` is negative, least is NaN: unsure
    if exponent < 0:
        least = least.masked_fill(around_zero, torch.nan)
        absent = absent | ((a.low == 0) & (a.high == 0))
        x = x.masked_fill(a.x == 0, torch.nan)
    return _settled(x.masked_fill(torch.isnan(a.x), torch.nan), least, most, absent, a.uncertain)


def reduced(function: str, a: Interval) -> Interval:
    """min, max, mean or sum of a vector: (T, U) → (T, 1). It exists where all units do."""
    fold = _FOLDS[function]
    return _settled(fold(a.x), fold(a.low), fold(a.high), *_folded(a))


def extreme(function: str, a: Interval, b: Interval) -> Interval:
    """The smaller or larger of two numbers."""
    pick = torch.minimum if function == "min" else torch.maximum
    return _settled(
        pick(a.x, b.x), pick(a.low, b.low), pick(a.high, b.high), a.absent | b.absent, _either(a.uncertain, b.uncertain)
    )


def saturated(a: Interval, over: float, under: float) -> Interval:
    """The share of a vector's units above `over` or below `under`: (T, U) → (T, 1). It exists where all units do."""
    beyond = (a.x > over) | (a.x < under)
    surely = (a.low > over) | (a.high < under)
    maybe = ~((a.low >= under) & (a.high <= over))
    x, low, high = (mask.double().mean(dim=-1, keepdim=True) for mask in (beyond, surely, maybe))
    unknown = torch.isnan(a.x).any(dim=-1, keepdim=True)
    return _settled(x.masked_fill(unknown, torch.nan), low, high, *_folded(a))


def _fold_of(function: Callable[..., Tensor]) -> Callable[[Tensor], Tensor]:
    return lambda x: function(x, dim=-1, keepdim=True)


_FOLDS = {
    "min": _fold_of(torch.amin),
    "max": _fold_of(torch.amax),
    "mean": _fold_of(torch.mean),
    "sum": _fold_of(torch.sum),
}


def _floored(a: Tensor, b: Tensor) -> Tensor:
    return torch.div(a, b, rounding_mode="floor")


_DIVIDING: dict[str, Callable[[Tensor, Tensor], Tensor]] = {
    "/": torch.div,
    "//": _floored,
    "%": torch.remainder,
}


def _corners(function: Callable[[Tensor, Tensor], Tensor], a: Interval, b: Interval) -> tuple[Tensor, Tensor]:
    """The bounds of a function that is monotone in each operand; NaN where a corner is."""
    corners = [function(p, q) for p in (a.low, a.high) for q in (b.low, b.high)]
    low = high = corners[0]
    for corner in corners[1:]:
        low, high = torch.minimum(low, corner), torch.maximum(high, corner)
    return low, high


def _remainders(a: Interval, b: Interval) -> tuple[Tensor, Tensor]:
    """Sure only where b is exact and all of a is in one period."""
    first, last = torch.remainder(a.low, b.low), torch.remainder(a.high, b.low)
    sure = (b.low == b.high) & (_floored(a.low, b.low) == _floored(a.high, b.low))
    return torch.minimum(first, last).masked_fill(~sure, torch.nan), torch.maximum(first, last)


def _either(a: Tensor | None, b: Tensor | None) -> Tensor | None:
    return b if a is None else a if b is None else a | b


def _folded(a: Interval) -> tuple[Tensor, Tensor | None]:
    """Where a number made from all units does not exist, and where it may not."""
    uncertain = a.uncertain
    return a.absent.any(dim=-1, keepdim=True), None if uncertain is None else uncertain.any(dim=-1, keepdim=True)


def _settled(x: Tensor, low: Tensor, high: Tensor, absent: Tensor, uncertain: Tensor | None) -> Interval:
    """Bounds that could not be found become infinite; what does not exist becomes NaN altogether."""
    if uncertain is None and not math.isnan(
        float(x.sum() + low.sum() + high.sum())
    ):  # the usual case, told without a mask
        return Interval(x, low, high)
    unbounded = torch.isnan(low) | torch.isnan(high) | torch.isnan(x)
    unbounded = unbounded if uncertain is None else unbounded | uncertain
    low = low.masked_fill(unbounded, -torch.inf).masked_fill(absent, torch.nan)
    high = high.masked_fill(unbounded, torch.inf).masked_fill(absent, torch.nan)
    return Interval(x.masked_fill(absent, torch.nan), low, high, has_gaps=True)
