"""Tracks of a text: one number a step that says where in the text's structure one is.

A unit that follows a track has learned it. Each track is the value after its character has been read.
"""

from __future__ import annotations

import csv
import re
from array import array
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass

from lstm_tui.core.errors import UserError
from lstm_tui.core.vocabulary import visible

OPENING, CLOSING = "([{", ")]}"


@dataclass(frozen=True, eq=False)
class Track:
    """A named row of numbers along the text."""

    name: str
    values: array[float]
    """One a step, single precision."""

    @property
    def yes_no(self) -> bool:
        """Whether it says only where something holds: such a track is scored by AUC, others by correlation."""
        return set(self.values) <= {0.0, 1.0}


def depth(symbols: Iterable[str]) -> Iterator[float]:
    """How many brackets are open."""
    opened = 0
    for symbol in symbols:
        if symbol in OPENING:
            opened += 1
        elif symbol in CLOSING:
            opened = max(0, opened - 1)
        yield opened


def quote(symbols: Iterable[str]) -> Iterator[float]:
    """Inside double quotes, the opening one included."""
    inside = False
    for symbol in symbols:
        if symbol == '"' or symbol in "“”":
            inside = {"“": True, "”": False}.get(symbol, not inside)
        yield inside


def column(symbols: Iterable[str]) -> Iterator[float]:
    """Characters since the line began; 0 at its end."""
    at = 0
    for symbol in symbols:
        at = 0 if symbol == "\n" else at + 1
        yield at


def indent(symbols: Iterable[str]) -> Iterator[float]:
    """Spaces and tabs that the line begins with, as far as it has been read."""
    count, counting = 0, True
    for symbol in symbols:
        if symbol == "\n":
            count, counting = 0, True
        elif counting and symbol in " \t":
            count += 1
        else:
            counting = False
        yield count


def word(symbols: Iterable[str]) -> Iterator[float]:
    """Inside a word: letters, digits, underscores."""
    for symbol in symbols:
        yield symbol.isalnum() or symbol == "_"


def upper(symbols: Iterable[str]) -> Iterator[float]:
    """Capital letters."""
    for symbol in symbols:
        yield symbol.isupper()


def digit(symbols: Iterable[str]) -> Iterator[float]:
    """Digits."""
    for symbol in symbols:
        yield symbol.isdigit()


NAMED: dict[str, Callable[[Iterable[str]], Iterator[float]]] = {
    made.__name__: made for made in (depth, quote, column, indent, word, upper, digit)
}
FORMS = f"{', '.join(NAMED)}, regex:RE, when:CONDITION or csv:FILE#COLUMN"


def track_of_text(name: str, symbols: Sequence[str]) -> Track:
    """A track that the text alone decides: one of `NAMED`, or `regex:RE`. Raises `UserError` for any other."""
    kind, _, rest = name.partition(":")
    if kind == "regex":
        return Track(name, _matches(rest, symbols))
    if name not in NAMED:
        raise UserError(f"--track {visible(name)}: there is no such track: choose {FORMS}")
    return Track(name, array("f", NAMED[name](symbols)))


def _matches(pattern: str, symbols: Sequence[str]) -> array[float]:
    """1 inside a match of `pattern` in the text, else 0."""
    try:
        compiled = re.compile(pattern)
    except (re.error, RecursionError, OverflowError) as error:
        raise UserError(f"--track regex: '{visible(pattern)}' is not a regular expression: {error}") from None
    text = symbols if isinstance(symbols, str) else "".join(symbols)
    if len(text) != len(symbols):
        raise UserError("--track regex: matches are found in characters, and this vocabulary has longer symbols")
    values = array("f", bytes(4 * len(text)))
    for match in compiled.finditer(text):
        for at in range(match.start(), match.end()):
            values[at] = 1.0
    return values


def track_of_csv(name: str, lines: Iterable[str], wanted: str, length: int) -> Track:
    """The column `wanted` of a CSV file with a header: one number a step.

    Raises `UserError` for a missing column, a field that is not a number, and another number of rows than `length`.
    """
    rows = csv.reader(lines)
    try:
        header = next(rows, None)
        if header is None:
            raise UserError(f"--track {visible(name)}: the file is empty")
        if wanted not in header:
            columns = ", ".join(visible(each) for each in header[:20])
            raise UserError(f"--track {visible(name)}: there is no column '{visible(wanted)}': the file has {columns}")
        at, values = header.index(wanted), array("f")
        for row in rows:
            values.append(_number(name, row[at] if at < len(row) else "", rows.line_num))
    except csv.Error as error:
        raise UserError(f"--track {visible(name)}: line {rows.line_num} is not CSV: {error}") from None
    if len(values) != length:
        raise UserError(f"--track {visible(name)}: {len(values)} rows for {length} steps: it needs one row a step")
    return Track(name, values)


def _number(name: str, field: str, line: int) -> float:
    try:
        value = float(field)
    except ValueError:
        value = float("nan")
    if value - value != 0.0:  # NaN and infinities
        raise UserError(f"--track {visible(name)}: '{visible(field[:40])}' on line {line} is not a finite number")
    return value


def check_track(track: Track) -> Track:
    """The track. Raises `UserError` where it is constant, in the text or in one half of it: nothing can follow that."""
    half = len(track.values) // 2
    for part, where in ((track.values, "the text"), (track.values[:half], "the first half of the text")):
        if not part or min(part) == max(part):
            value = f"{part[0]:g}" if part else "nothing"
            raise UserError(f"--track {visible(track.name)} is {value} all through {where}: no unit can follow it")
    return track
