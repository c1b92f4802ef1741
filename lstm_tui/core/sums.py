"""Sums printed so that they add up, digit for digit, for a reader who adds the printed numbers.

Each part rounded by itself would leave `kept +0.04, written +0.84` beside 0.87. So the total is rounded as ever and the
parts share what it prints: each is rounded down, and the hundredths still lacking go to the parts that lost most (the
method of the largest remainder). Every part is printed less than a hundredth from its value. A part that is a product
may so be printed a hundredth beside what its printed factors make: the sum comes first.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence

_LARGEST = 1e7
"""Beyond it hundredths are no longer worth adding up."""


def hundredths(value: float, decimals: int = 2) -> int:
    """The value as it prints with two decimals, times 100; or with other decimals, in units of the last."""
    return round(float(f"{value:.{decimals}f}") * 10.0**decimals)


def on_paper(values: Iterable[float]) -> bool:
    """Whether all are numbers small enough to be added in hundredths."""
    return all(abs(value) <= _LARGEST for value in values)  # NaN is not


def signed(count: int, decimals: int = 2) -> str:
    """So many hundredths as a number: `+0.04`. Zero is never negative."""
    return f"{count / 10**decimals:+.{decimals}f}"


def shares(parts: Sequence[float], total: float, decimals: int = 2) -> tuple[int, ...] | None:
    """The parts in hundredths, which add up to those of `total`.

    With `decimals`, in units of the last of them.
    None where they cannot be printed so: one is not a number or is too large for hundredths, or they are not parts of
    that total (float32 may put as much between a sum and its addends).
    """
    if not on_paper((*parts, total)):
        return None
    scaled = [part * 10**decimals for part in parts]
    floors = [math.floor(part) for part in scaled]
    remainders = [part - whole for part, whole in zip(scaled, floors, strict=True)]
    lacking = hundredths(total, decimals) - sum(floors)
    if not 0 <= lacking <= sum(map(bool, remainders)):
        return None
    for at in sorted(range(len(remainders)), key=remainders.__getitem__, reverse=True)[:lacking]:
        floors[at] += 1
    return tuple(floors)


def ceiling(largest: float) -> float:
    """The smallest of 1, 2, 5 × 10ⁿ that is not below `largest`; 1 for zero."""
    if largest <= 0:
        return 1.0
    power = 10.0 ** math.floor(math.log10(largest))
    return next(step * power for step in (1, 2, 5, 10) if largest <= step * power * (1 + 1e-9))
