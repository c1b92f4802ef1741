"""float32 numbers as the shortest decimals that read back as the same float32: nine digits are always enough."""

from __future__ import annotations

import struct

import torch
from torch import Tensor

_DIGITS = range(6, 10)
"""Every decimal of six digits comes back from float32 as it was; every float32 comes back from nine digits."""
_EXACT = 22
"""Powers of ten up to this one are exact in float64."""


def shortest(numbers: Tensor) -> Tensor:
    """Each number as the float64 whose `repr` is that decimal. What is not float32 is given as float64, unchanged.

    float64 tells decimals of up to 15 digits apart, so one of nine survives in it whole.
    """
    exact = numbers.double()
    if numbers.dtype is not torch.float32:
        return exact
    powers = torch.tensor([10.0**k for k in range(_EXACT + 1)], dtype=torch.float64, device=exact.device)
    found, left = exact.clone(), exact.isfinite() & (exact != 0)
    exponent = torch.where(left, exact.abs(), 1.0).log10().floor()
    near = (exponent > _DIGITS[-1] - _EXACT) & (exponent < _EXACT)
    for digits in _DIGITS:
        shift = digits - 1 - exponent  # places after the decimal point, where it is not negative
        scale, small = powers[shift.abs().clamp(max=_EXACT).long()], shift >= 0
        whole = torch.where(small, exact * scale, exact / scale).round()
        decimal = torch.where(small, whole / scale, whole * scale)  # both exact: rounded once, to the decimal's float64
        done = left & near & (decimal.float() == numbers)
        found = torch.where(done, decimal, found)
        left = left & ~done
        if not left.any():
            return found
    for place in left.flatten().nonzero().flatten().tolist():  # far from 1, where powers of ten are not exact
        found.view(-1)[place] = _far(float(exact.view(-1)[place]))
    return found


def _far(value: float) -> float:
    """`shortest` of a single number, digit by digit."""
    for digits in range(1, _DIGITS[-1] + 1):
        decimal = float(f"{value:.{digits}g}")
        try:
            if struct.unpack("f", struct.pack("f", decimal))[0] == value:
                return decimal
        except OverflowError:  # rounded up past the largest float32
            continue
    return value
