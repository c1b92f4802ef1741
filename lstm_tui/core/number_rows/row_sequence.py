"""Rows of numbers as a model's input: a sibling of `core.text.Text` whose codes are the scaled rows themselves."""

from __future__ import annotations

import io
from array import array
from collections.abc import Callable, Iterable, Sequence
from copy import copy
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Self

from lstm_tui.core.classes import Classes
from lstm_tui.core.errors import UserError
from lstm_tui.core.number_rows.number_table import NumberTable
from lstm_tui.core.number_rows.scaling import Scaling, from_content
from lstm_tui.core.vocabulary import Vocabulary, visible


@dataclass(frozen=True, eq=False)
class RowFormat:
    """What a model of numbers reads (`channels`) and says of the next row (`targets`), and how they are scaled.

    One that says a class instead has no targets.
    """

    channels: tuple[str, ...]
    targets: tuple[str, ...]
    scaling: Scaling
    window: int | None = None
    """After how many rows the state starts from zero again; None: never."""

    @property
    def columns(self) -> tuple[str, ...]:
        """All of them, once each."""
        return tuple(dict.fromkeys((*self.channels, *self.targets)))

    def described(self) -> dict[str, object]:
        """As our files say it."""
        return {
            "channels": list(self.channels),
            "targets": list(self.targets),
            "scale": self.scaling.described(),
            "window": self.window,
        }

    @classmethod
    def from_content(cls, content: Any, refuse: Callable[[str], UserError]) -> RowFormat:
        """What a file says. Raises what `refuse` makes of a predicate, and `ValueError` where it says no such thing."""
        if not isinstance(content, dict):
            raise ValueError
        channels, targets = (_column_names(content.get(name)) for name in ("channels", "targets"))
        window = content.get("window")
        if window is not None and (type(window) is not int or window < 1):
            raise ValueError
        columns = tuple(dict.fromkeys((*channels, *targets)))
        return cls(channels, targets, from_content(content.get("scale"), columns, refuse), window)

    @cached_property
    def vocabulary(self) -> Vocabulary:
        """The columns' names: what such a model has instead of symbols."""
        return Vocabulary(self.columns)


class Rows:
    """The rows of `table` as `form` says. Raises `UserError` where the table lacks a column."""

    unit = "row"
    source = ""
    """They are no text."""
    unknown: str | None = None

    def __init__(self, form: RowFormat, table: NumberTable, classes: Classes | None = None) -> None:
        for column in form.columns:
            if column not in table.columns:
                raise UserError(
                    f"the model reads the columns {', '.join(map(visible, form.columns))}, and the rows have no "
                    f"'{visible(column)}': name them in the file, or choose them with --columns"
                )
        self.form = form
        self.classes = classes
        self.times = table.times
        self.raw = {column: table.columns[column] for column in form.columns}
        self._code()

    def _code(self) -> None:
        form = self.form
        count = len(next(iter(self.raw.values())))
        scaled = {name: [form.scaling.scaled(name, value) for value in values] for name, values in self.raw.items()}
        self.codes: array[float] = _interleaved([scaled[name] for name in form.channels], count)
        """What enters the model, row after row."""
        self.truths: array[float] = _interleaved([scaled[name] for name in form.targets], count)
        """What the model should say before each row, in its own units."""
        first = self.raw[self._plotted]
        self._ends = min(first), max(first)
        self.symbols: Sequence[str] = self.times or [str(t) for t in range(count)]

    @property
    def _plotted(self) -> str:
        """The column that the text row shows: the first target, or of a classifier the first channel."""
        return self.form.columns[0] if not self.form.targets else self.form.targets[0]

    def __len__(self) -> int:
        return len(next(iter(self.raw.values())))

    @property
    def vocabulary(self) -> Vocabulary:
        """See `RowFormat.vocabulary`."""
        return self.form.vocabulary

    def row(self, step: int, columns: Sequence[str]) -> tuple[float, ...]:
        """Raw values of the row read at `step` (from 1)."""
        return tuple(self.raw[column][step - 1] for column in columns)

    def level(self, step: int) -> float:
        """Where the column plotted is at `step` between its least and its largest value, 0..1."""
        values = self.raw[self._plotted]
        low, high = self._ends
        return (values[step - 1] - low) / (high - low) if high > low else 0.5

    def split(self, typed: str) -> Sequence[str]:
        """See `InputSequence.split`: the name of one row."""
        return [typed]

    def named(self, step: int) -> tuple[str, ...]:
        """See `InputSequence.named`."""
        return tuple(f"x[{visible(channel)}]" for channel in self.form.channels)

    def following(self, before: Sequence[float], outputs: Sequence[float]) -> tuple[float, ...]:
        """The raw row that a forecast reads after the row `before`: its targets from `outputs`, the rest unchanged."""
        known = dict(zip(self.form.targets, outputs, strict=True))
        return tuple(known.get(name, value) for name, value in zip(self.form.channels, before, strict=True))

    def scaled(self, row: Sequence[float]) -> tuple[float, ...]:
        """A raw row as the model reads it."""
        return tuple(self.form.scaling.scaled(name, value) for name, value in zip(self.form.channels, row, strict=True))

    def then(self, position: int, codes: Iterable[Sequence[float]]) -> Self:
        """See `InputSequence.then`: `codes` are what the model says of each row, raw."""
        raw = {name: values[:position] for name, values in self.raw.items()}
        for numbers in codes:
            outputs = dict(zip(self.form.targets, numbers, strict=True))
            for name, values in raw.items():
                values.append(outputs.get(name, values[-1]))
        other = copy(self)
        other.raw = raw
        if self.times is not None:
            added = len(next(iter(raw.values()))) - position
            other.times = (*self.times[:position], *(f"+{count}" for count in range(1, added + 1)))
        other._code()
        return other

    def common_prefix(self, other: Self) -> int:
        """See `InputSequence.common_prefix`."""
        width = len(self.form.channels)
        pairs = zip(self.codes, other.codes, strict=False)
        apart = next((at for at, (one, two) in enumerate(pairs) if one != two), min(len(self.codes), len(other.codes)))
        return apart // width

    def find(self, typed: str, position: int, forward: bool) -> int | None:
        """See `InputSequence.find`: the next step whose name holds what was typed."""
        places = range(position, len(self)) if forward else range(min(position - 2, len(self) - 1), -1, -1)
        return next((at + 1 for at in places if typed in self.symbols[at]), None)

    def start(self, most: int) -> str:
        """See `InputSequence.start`: CSV with the columns' names, and `time` where rows have names. Numbers read back
        exactly."""
        import csv  # the first frame is painted sooner without it

        out = io.StringIO()
        writer = csv.writer(out, lineterminator="\n")
        times = self.times
        writer.writerow([*self.raw, *(() if times is None else (self._time_column(),))])
        for at in range(len(self)):
            end, named = out.tell(), () if times is None else (times[at],)
            writer.writerow([*(repr(values[at]) for values in self.raw.values()), *named])
            if out.tell() > most:
                return out.getvalue()[:end]
        return out.getvalue()

    def _time_column(self) -> str:
        return next(name for name in ("time", "t", "row_time") if name not in self.raw)


def _interleaved(columns: Sequence[Sequence[float]], count: int) -> array[float]:
    made = array("d", bytes(8 * count * len(columns)))
    for at, column in enumerate(columns):
        made[at :: len(columns)] = array("d", column)
    return made


def _column_names(listed: Any) -> tuple[str, ...]:
    if not isinstance(listed, list) or not listed or not all(isinstance(name, str) and name for name in listed):
        raise ValueError
    if len(set(listed)) < len(listed):
        raise ValueError
    return tuple(listed)
