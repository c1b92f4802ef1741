"""How raw numbers become what a model reads, column by column: (x - mean) / std, or (x - min) / (max - min)."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from lstm_tui.core.errors import UserError
from lstm_tui.core.options import MINMAX, PLAIN, STANDARD
from lstm_tui.core.vocabulary import visible

_NAMES = {STANDARD: ("mean", "std"), MINMAX: ("min", "max")}
"""The two numbers of a column, as scikit-learn and everybody else call them."""


@dataclass(frozen=True)
class Scaling:
    """`kind` is one of `SCALES`; `columns` gives each column's mean and standard deviation, or its ends."""

    kind: str
    columns: Mapping[str, tuple[float, float]]

    def measures(self, column: str) -> tuple[float, float]:
        """What is subtracted, and what divides then. A column that never changes is only shifted."""
        first, second = self.columns[column]
        return first, (second - first or 1.0) if self.kind == MINMAX else second

    def scaled(self, column: str, value: float) -> float:
        """Raw → as the model reads it."""
        shift, divisor = self.measures(column)
        return (value - shift) / divisor

    def raw(self, column: str, value: float) -> float:
        """As the model says it → raw."""
        shift, divisor = self.measures(column)
        return value * divisor + shift

    def described(self) -> str | dict[str, object]:
        """As files and traces say it: `none`, or its two numbers a column."""
        if self.kind == PLAIN:
            return PLAIN
        first, second = _NAMES[self.kind]
        pairs = self.columns.values()
        return {
            "kind": self.kind,
            "columns": list(self.columns),
            first: [one for one, _ in pairs],
            second: [other for _, other in pairs],
        }


def plain(columns: Sequence[str]) -> Scaling:
    """Numbers as they are."""
    return Scaling(PLAIN, dict.fromkeys(columns, (0.0, 1.0)))


def measured(kind: str, columns: Mapping[str, Sequence[float]]) -> Scaling:
    """Of each column's own numbers: mean and standard deviation (ddof 0), or smallest and largest."""
    if kind == PLAIN:
        return plain(list(columns))
    how = _standard if kind == STANDARD else _minmax
    return Scaling(kind, {name: how(values) for name, values in columns.items()})


def _standard(values: Sequence[float]) -> tuple[float, float]:
    mean = math.fsum(values) / len(values)
    spread = math.sqrt(math.fsum((value - mean) ** 2 for value in values) / len(values))
    return mean, spread or 1.0


def _minmax(values: Sequence[float]) -> tuple[float, float]:
    return min(values), max(values)


def from_content(content: Any, columns: Sequence[str], refuse: Callable[[str], UserError]) -> Scaling:
    """The scaling that a file describes: `{"mean": […], "std": […]}` or `{"min": …, "max": …}`, a number a column.

    Its own `columns`, where it names them, say which; else they are in the order of `columns`. Raises what `refuse`
    makes of a predicate.
    """
    if content == PLAIN:
        return plain(columns)
    if not isinstance(content, dict):
        raise refuse('is not a scale: write {"mean": […], "std": […]} or {"min": […], "max": […]}')
    kind = next((kind for kind, names in _NAMES.items() if all(name in content for name in names)), None)
    if kind is None:
        raise refuse('has no "mean" and "std", and no "min" and "max"')
    named = content.get("columns", list(columns))
    if not isinstance(named, list) or not all(isinstance(name, str) for name in named):
        raise refuse("has columns that are not names")
    first, second = (_numbers(content[name], name, len(named), refuse) for name in _NAMES[kind])
    if missing := [name for name in columns if name not in named]:
        raise refuse(f"does not mention the column {visible(missing[0])}")
    pairs = {}
    for name, one, other in zip(named, first, second, strict=True):
        if other < one if kind == MINMAX else other <= 0:
            what = "max is below its min" if kind == MINMAX else "std is not above 0"
            raise refuse(f"cannot scale the column {visible(name)}: its {what}")
        pairs[name] = (one, other)
    return Scaling(kind, {name: pairs[name] for name in columns})


def _numbers(value: Any, name: str, count: int, refuse: Callable[[str], UserError]) -> list[float]:
    if isinstance(value, int | float) and not isinstance(value, bool):
        value = [value]
    if not isinstance(value, list) or len(value) != count:
        has = f"{len(value)} numbers" if isinstance(value, list) else "no list"
        raise refuse(f'has {has} in "{name}", and there are {count} columns')
    if not all(type(one) in (int, float) and math.isfinite(one) for one in value):
        raise refuse(f'has something in "{name}" that is not a number')
    return [float(one) for one in value]
