"""Parses what is typed after `g`."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal

from lstm_tui.core.errors import UserError
from lstm_tui.core.vocabulary import visible

PLACES = "120 (or t = 119), +50, -50, 50% or unit 37"

_PLACE = re.compile(
    r"(?:(?P<unit>u(?:nit)?\s*)|(?P<t>t\s*=?\s*))?(?P<sign>[+-])?(?P<number>[0-9]{1,18})\s*(?P<share>%)?"
)


@dataclass(frozen=True)
class Target:
    """Where to go: a position of the text, or a unit of the layer shown."""

    kind: Literal["step", "unit"]
    number: int


def parse(typed: str, position: int, length: int, units: int) -> Target:
    """The target, positions clamped to 0..length as for every step key.

    Raises `UserError` for anything else, and for a unit the layer does not have.
    """
    match = _PLACE.fullmatch(typed.strip().lower())
    if match is None or sum(bool(match[part]) for part in ("unit", "t", "sign", "share")) > 1:
        raise UserError(f"'{visible(typed.strip())}' is not a place: type {PLACES}")
    number = int(match["number"])
    if match["unit"]:
        if number >= units:
            raise UserError(f"there is no unit {number}: this layer has units 0 to {units - 1}")
        return Target("unit", number)
    if match["share"]:
        number = round(length * number / 100)
    elif match["t"]:
        number += 1
    elif match["sign"]:
        number = position + (number if match["sign"] == "+" else -number)
    return Target("step", min(max(number, 0), length))
