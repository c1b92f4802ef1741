"""Rows of numbers as a script has them: an array, lists, a mapping of columns, a data frame; as a table."""

from __future__ import annotations

import math
from array import array
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from lstm_tui.core.errors import UserError
from lstm_tui.core.number_rows.csv_table import finite, replaced
from lstm_tui.core.number_rows.number_table import NumberTable
from lstm_tui.core.vocabulary import visible


def table_of(rows: object, time: str | None, missing: str | None) -> NumberTable:
    """`rows` (T,) or (T, D), columns `c0` `c1` …; or columns by name, of which those without numbers are left out.

    NaN and None are missing values. Raises `UserError` in one sentence.
    """
    columns = _named(rows)
    if time is not None and time not in columns:
        raise UserError(
            f"rows have no column '{visible(time)}': they have {', '.join(map(visible, list(columns)[:12]))}"
        )
    times = None if time is None else tuple(map(str, columns[time]))
    others = {name: values for name, values in columns.items() if name != time}
    found = {name: _numbers(values, name, missing) for name, values in others.items() if any(map(_is_number, values))}
    lengths = {len(values) for values in found.values()}
    if not found or lengths == {0}:
        raise UserError("rows hold no numbers: give an array (steps, channels), or columns by name")
    if len(lengths) > 1:
        raise UserError("rows have columns of different lengths: give every step a value of each")
    ignored = [visible(name) for name in others if name not in found]
    return NumberTable(found, times, (f"ignored, as they hold no numbers: {', '.join(ignored)}",) if ignored else ())


def _named(rows: Any) -> Mapping[str, Sequence[object]]:
    if not isinstance(rows, Mapping) and hasattr(rows, "columns") and hasattr(rows, "__getitem__"):  # a data frame
        rows = {name: rows[name] for name in rows.columns}
    if isinstance(rows, Mapping):
        return {str(name): _listed(values) for name, values in rows.items()}
    listed = _listed(rows)
    wide = [_listed(row) if isinstance(row, Iterable) and not isinstance(row, str) else [row] for row in listed]
    if len({len(row) for row in wide}) > 1:
        raise UserError("rows have different lengths: give every step the same number of channels")
    return {f"c{at}": [row[at] for row in wide] for at in range(len(wide[0]) if wide else 0)}


def _listed(values: Any) -> list[object]:
    found = values.tolist() if hasattr(values, "tolist") else values
    if isinstance(found, str) or not isinstance(found, Iterable):
        raise UserError(f"rows are {type(found).__name__}: give a path, an array (steps, channels), or columns by name")
    return list(found)


def _is_number(value: object) -> bool:
    return isinstance(value, int | float)


def _numbers(values: Iterable[object], name: str, missing: str | None) -> array[float]:
    found = array("d")
    for at, value in enumerate(values):
        where = f"row {at}, column '{visible(name)}'"
        if value is None or (isinstance(value, float) and math.isnan(value)):
            found.append(replaced(found, missing, where))
        elif isinstance(value, int | float):
            found.append(finite(float(value), where))
        else:
            raise UserError(f"{where} holds {type(value).__name__}, which is not a number: leave the column out")
    return found
