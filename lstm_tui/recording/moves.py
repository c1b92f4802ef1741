"""The cheapest way to move a terminal's cursor. Pure."""

from __future__ import annotations

from functools import lru_cache


def absolute(y: int, x: int) -> str:
    """The sequence that puts the cursor into row `y`, column `x`, both from 0, wherever it was."""
    if x:
        return f"\x1b[{y + 1};{x + 1}H"
    return f"\x1b[{y + 1}H" if y else "\x1b[H"


@lru_cache(maxsize=16384)
def move(from_y: int | None, from_x: int | None, y: int, x: int) -> str:
    """The shortest sequence from one place to another; None where the row or the column it starts from is not certain.

    Line feeds are left out: a tty with ONLCR turns each into two bytes and another movement.
    """
    best = absolute(y, x)
    if from_y is None:
        return best
    vertical = _by(y - from_y, "B", "A")
    for horizontal in _columns(from_x, x):
        best = min(best, vertical + horizontal, key=len)
    return best


def _columns(from_x: int | None, x: int) -> list[str]:
    """Every way from one column to another in the same row."""
    ways = [f"\x1b[{x + 1}G", "\r" + _by(x, "C", "D")]
    if from_x is not None:
        ways.append(_by(x - from_x, "C", "D"))
        if x < from_x:
            ways.append("\b" * (from_x - x))
    return ways


def _by(count: int, forwards: str, backwards: str) -> str:
    """A relative movement; none at all for 0."""
    if not count:
        return ""
    letter = forwards if count > 0 else backwards
    return f"\x1b[{letter}" if abs(count) == 1 else f"\x1b[{abs(count)}{letter}"
