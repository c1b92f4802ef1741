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
    steps = _across(from_x, x)
    if y != from_y:
        steps = _by(y - from_y, "B", "A") + steps
    return steps if len(steps) < len(best) else best


def _across(from_x: int | None, x: int) -> str:
    """The shortest way from one column of a row to another."""
    if from_x is None or x <= from_x:
        if x == from_x:
            return ""
        if x == 0:
            return "\r"
        column = f"\x1b[{x + 1}G"
        if from_x is None:
            return column
        if from_x - x <= 3:
            return "\b" * (from_x - x)
        left = _by(x - from_x, "C", "D")
        return left if len(left) < len(column) else column
    return _by(x - from_x, "C", "D")


def _by(count: int, forwards: str, backwards: str) -> str:
    """A relative movement."""
    letter = forwards if count > 0 else backwards
    return f"\x1b[{letter}" if abs(count) == 1 else f"\x1b[{abs(count)}{letter}"
