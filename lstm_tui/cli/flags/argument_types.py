"""What may follow an option: each function reads a word, or raises `ArgumentTypeError`.

Its message is the end of a sentence that begins with the option's name, and says the mend.
"""

from __future__ import annotations

import argparse
import difflib
import re
from collections.abc import Callable, Iterable

from lstm_tui.core.vocabulary import visible

LARGEST_HIDDEN, LARGEST_STACK, LARGEST_COUNT = 16_384, 64, 1_000_000_000
LARGEST_SEED = 2**63 - 1
LARGEST_RANDOM, LARGEST_IMAGINED = 10_000_000, 100_000
_FLOAT32_MAX = 3.4028234e38


def closest(word: str, candidates: Iterable[str]) -> str | None:
    """The candidate that `word` was probably meant to be."""
    return next(iter(difflib.get_close_matches(word, list(candidates), n=1, cutoff=0.6)), None)


def whole(low: int, high: int) -> Callable[[str], int]:
    """A whole number from `low` to `high`, in ASCII digits."""

    def checked(word: str) -> int:
        if not re.fullmatch(r"[+-]?[0-9]{1,40}", word):
            raise argparse.ArgumentTypeError(f"'{visible(word)}' is not a whole number: give one of at least {low}")
        value = int(word)
        if not low <= value <= high:
            limit = f"less than {low}" if value < low else f"more than {high}"
            raise argparse.ArgumentTypeError(f"cannot be {limit} (got {value})")
        return value

    return checked


def number(word: str) -> float:
    """A number that float32 can hold."""
    try:
        value = float(word)
    except ValueError:
        raise argparse.ArgumentTypeError(f"'{visible(word)}' is not a number: give one such as 1.0") from None
    if not abs(value) <= _FLOAT32_MAX:  # also false for NaN
        raise argparse.ArgumentTypeError(f"cannot be {visible(word)}: give a finite number such as 1.0")
    return value


def rate(word: str) -> float:
    """A learning rate: above 0, and such that Adam's first update, up to ten times as large, fits into float32."""
    try:
        value = float(word)
    except ValueError:
        raise argparse.ArgumentTypeError(f"'{visible(word)}' is not a number: give one such as 0.01") from None
    if not 0 < value <= _FLOAT32_MAX / 10:  # also false for NaN
        raise argparse.ArgumentTypeError(f"cannot be {visible(word)}: give a number above 0, such as 0.01")
    return value


def temperature(word: str) -> float:
    """From 0 up."""
    value = number(word)
    if value < 0:
        raise argparse.ArgumentTypeError(f"cannot be less than 0 (got {visible(word)}); 0 always takes the top guess")
    return value


def one_of(*names: str) -> Callable[[str], str]:
    """One of a few words."""

    def checked(word: str) -> str:
        if word in names:
            return word
        near = closest(word, names)
        hint = f" (did you mean {near}?)" if near else ""
        raise argparse.ArgumentTypeError(f"'{visible(word)}' is not known{hint}: choose one of {', '.join(names)}")

    return checked


def numbers(word: str) -> tuple[int, ...]:
    """Whole numbers and spans `A:B` between commas, as they are written, none of them twice."""
    found: dict[int, None] = {}
    for piece in word.split(","):
        match = re.fullmatch(r"\s*([0-9]{1,9})(?::([0-9]{1,9}))?\s*", piece)
        if match is None:
            what = "is not a list of numbers: write one such as 3,7 or 0:16"
            raise argparse.ArgumentTypeError(f"'{visible(word)}' {what}")
        start = int(match[1])
        stop = start + 1 if match[2] is None else int(match[2])
        if not start < stop <= start + LARGEST_HIDDEN:
            raise argparse.ArgumentTypeError(f"{piece.strip()} holds no number: A:B goes from A to B-1")
        found.update(dict.fromkeys(range(start, stop)))
    return tuple(found)


def names(word: str) -> tuple[str, ...]:
    """Names between commas."""
    return tuple(dict.fromkeys(name.strip() for name in word.split(",")))


def span(word: str) -> tuple[int | None, int | None]:
    """`A:B` as Python's slices write it; None for what is left out."""
    match = re.fullmatch(r"([+-]?[0-9]{1,18})?:([+-]?[0-9]{1,18})?", word)
    if match is None:
        raise argparse.ArgumentTypeError(f"'{visible(word)}' is not a range: write A:B, such as 0:10, 5: or -3:")
    start, stop = (None if part is None else int(part) for part in match.groups())
    return start, stop
