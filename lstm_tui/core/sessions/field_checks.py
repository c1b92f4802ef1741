"""What a field of a session may be: a check returns the value, or raises a `ValueError` that says what it should be."""

from __future__ import annotations

import os
import re
from collections.abc import Callable
from typing import Any

from lstm_tui.core.number_rows.number_table import NumberTable

WEIGHTS = re.compile(r"weights-[0-9a-f]{16}\.safetensors")

Check = Callable[[Any], Any]


def whole(low: int, high: int) -> Check:
    def check(value: Any) -> int:
        if type(value) is not int or not low <= value <= high:
            raise ValueError(f"a whole number from {low} to {high}")
        return value

    return check


def between(low: float, high: float) -> Check:
    def check(value: Any) -> float:
        if type(value) not in (int, float) or not low <= value <= high:  # NaN is nowhere between
            raise ValueError("a number in range")
        return float(value)

    return check


def text(most: int) -> Check:
    def check(value: Any) -> str:
        if type(value) is not str or len(value) > most:
            raise ValueError(f"a text of at most {most:,} characters")
        return value

    return check


def one_of(*known: object) -> Check:
    def check(value: Any) -> Any:
        if not any(type(value) is type(one) and value == one for one in known):
            raise ValueError(f"one of {', '.join(str(one).lower() for one in known)}")
        return value

    return check


def either(*checks: Check) -> Check:
    """What any of the checks takes; the last one says what is wrong."""

    def check(value: Any) -> Any:
        for one in checks[:-1]:
            try:
                return one(value)
            except ValueError:
                continue
        return checks[-1](value)

    return check


def or_none(check: Check) -> Check:
    return lambda value: None if value is None else check(value)


def listed(check: Check, most: int) -> Check:
    def every(value: Any) -> tuple[Any, ...]:
        if type(value) not in (list, tuple) or len(value) > most:
            raise ValueError(f"a list of at most {most:,}")
        return tuple(map(check, value))

    return every


def pair(first: Check, second: Check) -> Check:
    def check(value: Any) -> tuple[Any, Any]:
        if type(value) not in (list, tuple) or len(value) != 2:
            raise ValueError("a pair")
        return first(value[0]), second(value[1])

    return check


def place(value: Any) -> str:
    """A file, named so that it is the same one from every folder."""
    if type(value) is not str or len(value) > 4096 or "\0" in value or not os.path.isabs(value):
        raise ValueError("the absolute path of a file")
    return value


def file(value: Any) -> str:
    """Such a file, which can be read to its end: no pipe, no device, no terminal. One that is gone is said later."""
    path = place(value)
    try:
        regular = os.path.isfile(path) or not os.path.lexists(path)
    except (OSError, ValueError):
        regular = False
    if not regular:
        raise ValueError("a file")
    return path


def plain_name(value: Any) -> str:
    """What a title calls a model: it is offered as the name of a file to write, and must not lead elsewhere."""
    if type(value) is not str or not 0 < len(value) <= 4096 or "/" in value or "\0" in value:
        raise ValueError("the name of a model")
    return value


def identifier(value: Any) -> str:
    if type(value) is not str or len(value) > 255 or not value.isidentifier():
        raise ValueError("the name of a class")
    return value


def weights(value: Any) -> str:
    if type(value) is not str or not WEIGHTS.fullmatch(value):
        raise ValueError("the name of a file with weights")
    return value


def table(value: Any) -> NumberTable:
    """Rows that no file holds: those a model went on with, or that were read once."""
    try:
        table = NumberTable.read(value)
    except ValueError:
        raise ValueError("rows of numbers") from None
    return table


def scale(value: Any) -> dict[str, Any]:
    """What their scale is, as `Scaling.described` says it."""
    if not isinstance(value, dict) or not {"kind", "columns"} <= value.keys() or len(value) != 4:
        raise ValueError("a scale")
    return value
