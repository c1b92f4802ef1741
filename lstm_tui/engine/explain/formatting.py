"""Equations with their numbers filled in, printed so that a reader who calculates comes to the result printed."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence

import torch
from torch import Tensor

from lstm_tui.core.step import Term
from lstm_tui.core.sums import shares, signed

_DIGITS, _MOST_DIGITS = 4, 8


def filled(
    form: str, operands: Sequence[float], rule: Callable[..., float], value: float, result: str, digits: int = _DIGITS
) -> str:
    """`form` with the operands in it and the result after it, printed so that the arithmetic on paper comes out.

    The value is the model's own float32; where it is on the edge between two roundings, no number of digits helps:
    then one operand is printed a unit in its last place off.
    """
    shown = format(value, result)
    for off in (0, 1, -1):
        for more in range(digits, _MOST_DIGITS + 1):
            for moved in dict.fromkeys(operands) if off else (None,):
                told = [operand + off / 10**more if operand == moved else operand for operand in operands]
                printed = [f"{operand:.{more}f}" for operand in told]
                if format(rule(*map(float, printed)), result) == shown:
                    return form.format(*printed) + shown
    return form.format(*(f"{operand:.{digits}f}" for operand in operands)) + shown


def parts(one: tuple[str, float], other: tuple[str, float], whole: float) -> str:
    """`    (kept +0.04, written +0.83)`: what a value is the sum of, as `sums` prints it; nothing where it cannot."""
    told = shares((one[1], other[1]), whole)
    if told is None:
        return ""
    return f"    ({one[0]} {signed(told[0])}, {other[0]} {signed(told[1])})"


def total(values: Sequence[float]) -> float:
    """Exactly rounded; infinite or NaN where an addend is (`fsum` would raise for +∞ - ∞)."""
    plain = sum(values)
    return math.fsum(values) if math.isfinite(plain) else plain


def sigmoid(z: float) -> float:
    """σ(z), without overflow."""
    return (1 + math.tanh(z / 2)) / 2


def largest_first(addends: Sequence[Term]) -> tuple[Term, ...]:
    """All addends, the biases as one, by magnitude; equal ones in the order given, NaN before all."""
    terms = [term for term in addends if term.name != "bias"]
    biases = [term.value for term in addends if term.name == "bias"]
    if biases:
        terms.append(Term("bias", sum(biases)))
    sizes = torch.tensor([term.value for term in terms], dtype=torch.float64).abs()
    return tuple(terms[at] for at in sizes.sort(descending=True, stable=True).indices.tolist())


def products(weights: Tensor, values: Tensor) -> list[list[float]]:
    """Each weight times its value, a list for each row of weights, in float64 from the float32 numbers."""
    made: list[list[float]] = (weights.detach().double() * values.double()).tolist()
    return made
