"""A CSV file as columns of numbers. What is not a number is refused with its row and its column."""

from __future__ import annotations

import csv
import io
import math
import re
from array import array
from collections.abc import Sequence

from lstm_tui.core.errors import UserError
from lstm_tui.core.number_rows.number_table import NumberTable
from lstm_tui.core.vocabulary import visible

PREVIOUS, ZERO = "previous", "zero"
_MISSING = frozenset({"", "na", "n/a", "nan", "null", "none", "-", "?"})
_THOUSANDS = re.compile(r"[+-]?\d{1,3}(,\d{3})+\.\d*|[+-]?\d{1,3}(,\d{3}){2,}")
_COMMA = re.compile(rf"{_THOUSANDS.pattern}|[+-]?\d+,\d+")
"""A number with commas: between thousands, or before its decimals."""
_DELIMITERS = ",;\t|"


def read_csv(text: str, name: str, wanted: Sequence[str] | None, time: str | None, missing: str | None) -> NumberTable:
    """The columns `wanted` (None: all that hold numbers) of CSV `text`; `time` names the one with the rows' names.

    `missing` says what stands for values that are not there. Raises `UserError` in one sentence.
    """
    delimiter = _delimiter(text)
    try:
        lines = [(at, row) for at, row in _lines(text, delimiter) if any(field.strip() for field in row)]
    except csv.Error as error:
        raise UserError(f"{name} is not CSV ({visible(str(error))}): save it again, one row a line") from None
    if not lines:
        raise UserError(f"{name} contains no rows: a model of numbers needs at least one")
    names, lines = _header(lines)
    if not lines:
        raise UserError(f"{name} contains names of columns and no rows: add at least one")
    _check_widths(names, lines, delimiter, name)
    _check_names(names, wanted, time, name)
    picked = _numeric(names, lines, time) if wanted is None else list(wanted)
    if not picked:
        raise UserError(f"{name} contains no column of numbers (it has {_listed(names)}): give rows of numbers")
    places = {column: names.index(column) for column in (*picked, *((time,) if time else ()))}
    columns = {column: _column(lines, places[column], column, name, missing) for column in picked}
    times = None if time is None else tuple(row[places[time]].strip() for _, row in lines)
    ignored = [column for column in names if wanted is None and column not in places]
    notes = (f"ignored because they hold no numbers: {_listed(ignored)}",) if ignored else ()
    return NumberTable(columns, times, notes)


def _lines(text: str, delimiter: str) -> list[tuple[int, list[str]]]:
    """Each row with the number of its line, from 1."""
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    return [(reader.line_num, row) for row in reader]


def _delimiter(text: str) -> str:
    """The one that the first line has most of; a comma where it has none."""
    first = next((line for line in text.splitlines() if line.strip()), "")
    best = max(_DELIMITERS, key=first.count)
    other = [each for each in _DELIMITERS[1:] if each in first]
    return other[0] if best == "," and other and _COMMA.search(first) else best  # 1,5;2,5: commas inside numbers


def _header(lines: list[tuple[int, list[str]]]) -> tuple[list[str], list[tuple[int, list[str]]]]:
    """The columns' names, `c0` `c1` … where the first row is numbers already, and the rows."""
    first = [field.strip() for field in lines[0][1]]
    if any(_number(field) is None and field.lower() not in _MISSING and not _COMMA.fullmatch(field) for field in first):
        dates = len(lines) > 1 and any(map(_is_number, first))  # a date beside numbers: a row without names above it
        if not dates:
            return [field or f"c{at}" for at, field in enumerate(first)], lines[1:]
    return [f"c{at}" for at in range(len(first))], lines


def _is_number(field: str) -> bool:
    return _number(field) is not None


def _check_widths(names: list[str], lines: list[tuple[int, list[str]]], delimiter: str, name: str) -> None:
    for at, row in lines:
        if len(row) == len(names):
            continue
        what = f"line {at} of {name} has {len(row)} fields, and there are {len(names)} columns"
        if delimiter == "," and len(row) > len(names):
            raise UserError(f"{what}: if its numbers have decimal commas, write points (1.5), or put ; between columns")
        raise UserError(f"{what}: give every row the same number of fields")


def _check_names(names: list[str], wanted: Sequence[str] | None, time: str | None, name: str) -> None:
    for column in (*(wanted or ()), *((time,) if time is not None else ())):
        if column not in names:
            raise UserError(f"{name} has no column '{visible(column)}': it has {_listed(names)}")
    if twice := next((column for column in names if names.count(column) > 1), None):
        raise UserError(f"{name} has more than one column '{visible(twice)}': give each its own name")


def _numeric(names: list[str], lines: list[tuple[int, list[str]]], time: str | None) -> list[str]:
    """Columns in which most of what is there is numbers, decimal commas included, which are refused later."""
    found = []
    for at, column in enumerate(names):
        there = [row[at].strip() for _, row in lines if row[at].strip().lower() not in _MISSING]
        numbers = sum(_number(field) is not None or _COMMA.fullmatch(field) is not None for field in there)
        if column != time and numbers * 2 > len(there):
            found.append(column)
    return found


def _column(
    lines: list[tuple[int, list[str]]], place: int, column: str, name: str, missing: str | None
) -> array[float]:
    values = array("d")
    for at, row in lines:
        field = row[place].strip()
        value = _number(field)
        where = f"line {at}, column '{visible(column)}' of {name}"
        if field.lower() in _MISSING:
            value = replaced(values, missing, where)
        elif value is None and _COMMA.fullmatch(field):
            thousands = _THOUSANDS.fullmatch(field)
            what, mend = ("commas between thousands", "") if thousands else ("a decimal comma", ".")
            raise UserError(f"{where} holds '{visible(field)}', {what}: write {field.replace(',', mend)}")
        elif value is None:
            raise UserError(f"{where} holds '{visible(field[:40])}', which is not a number: leave the column out")
        values.append(finite(value or 0.0, where))
    return values


def replaced(before: array[float], missing: str | None, where: str) -> float:
    """What stands for a value that is not there. Raises `UserError` where nothing may."""
    if missing == ZERO:
        return 0.0
    if missing == PREVIOUS and before:
        return before[-1]
    if missing == PREVIOUS:
        raise UserError(f"{where} has no value, and none is before it: fill it in, or say --missing zero")
    raise UserError(f"{where} has no value: fill it in, or say --missing previous or --missing zero")


def finite(value: float, where: str) -> float:
    """`value`, which must fit into a float32. Raises `UserError`."""
    if not math.isfinite(value) or abs(value) > 3.4e38:
        raise UserError(f"{where} holds {value:g}, which no model can read: correct it")
    return value


def _number(field: str) -> float | None:
    if "_" in field:  # only Python's grammar has it
        return None
    try:
        return float(field)
    except ValueError:
        return None


def _listed(names: Sequence[str]) -> str:
    shown = ", ".join(visible(name[:40]) for name in names[:12])
    return shown + (f" and {len(names) - 12} more" if len(names) > 12 else "")
