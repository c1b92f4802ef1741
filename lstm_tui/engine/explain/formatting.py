"""Equations with their numbers filled in, and the sums that made them."""

from __future__ import annotations

import math
from collections.abc import Sequence

import torch
from torch import Tensor

from lstm_tui.core.step import Term
from lstm_tui.core.sums import shares, signed


def filled(form: str, operands: Sequence[float], value: float, signed: bool = True) -> str:
    """`form` with the operands in it and the model's own value after it, four decimals throughout.

    A reader who calculates with the operands printed may come to another last digit.
    """
    return form.format(*(f"{operand:z.4f}" for operand in operands)) + f"{value:{'+' if signed else ''}z.4f}"


DECIMALS = 4


def parts(one: tuple[str, float], other: tuple[str, float], whole: float) -> str:
    """`    (kept +0.0400, written +0.8300)`: what a value is the sum of; nothing where it cannot be printed so."""
    rounded = shares((one[1], other[1]), whole, DECIMALS)
    if rounded is None:
        return ""
    return f"    ({one[0]} {signed(rounded[0], DECIMALS)}, {other[0]} {signed(rounded[1], DECIMALS)})"


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


def in_sums(*addends: tuple[str, Sequence[Term]]) -> tuple[Term, ...]:
    """What each vector adds in all, by the name given, and the biases as one: the parts of a pre-activation."""
    terms_out = []
    biases: list[float] = []
    for name, terms in addends:
        if not terms:
            continue
        terms_out.append(Term(name, total([term.value for term in terms if term.name != "bias"])))
        biases += [term.value for term in terms if term.name == "bias"]
    return (*terms_out, Term("bias", sum(biases))) if biases else tuple(terms_out)


def products(weights: Tensor, values: Tensor) -> list[list[float]]:
    """Each weight times its value, a list for each row of weights, in float64 from the float32 numbers."""
    made: list[list[float]] = (weights.detach().double() * values.double()).tolist()
    return made
