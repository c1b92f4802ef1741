"""The loss while a model trains, and once it has: how far it is, the curve so far, and how large the updates were."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import zip_longest

from lstm_tui.core.sums import ceiling
from lstm_tui.tui.paint.bars import gate_bar, merge
from lstm_tui.tui.paint.plots import rule
from lstm_tui.tui.paint.runs import Line, Run, fit, glyphs

_RISING = " ▁▂▃▄▅▆▇█"
_AXIS = 8
"""Columns before the first epoch."""
_ROOMY = 100
"""Columns from which the rule has room for units."""


@dataclass(frozen=True, eq=False)
class LossData:
    """A training run, seen from outside."""

    losses: tuple[float, ...]
    """Mean loss in nats a character, one a finished epoch."""
    epochs: int = 0
    """Epochs in all; 0 where unknown."""
    fraction: float | None = None
    """Of the whole training; None while nothing trains."""
    seconds_left: float | None = None
    latest: str = ""
    """The latest loss in words, or that of the open epoch; empty where none is known."""
    at: int | None = None
    """The epoch whose weights are open, 0 before the first; None while it trains."""
    gradients: tuple[float, ...] = ()
    """The norm of the gradient, one a finished epoch; empty where it is not known."""
    ratios: tuple[float, ...] = ()
    """‖Δw‖ / ‖w‖ of an update, in the same way."""
    beside: tuple[float, ...] = ()
    """The losses of a second training, drawn as a line of dots over the first one's columns."""

    @property
    def columns_for(self) -> int:
        """Epochs that the axis has room for."""
        return max(self.epochs, len(self.losses), 1)


def paint_loss(data: LossData, width: int, height: int, ascii: bool = False) -> list[Line]:
    """The rule with epoch, loss and time left, a bar, the curve over all epochs to come, and below it, each on a
    logarithmic scale of its own, the norm of the gradient and the size of the updates."""
    lines = [rule(_title(data, width, ascii), "", width)]
    if height > 3 and data.fraction is not None:
        bar = gate_bar(data.fraction, max(width - 9, 1), ascii)
        lines.append([(" ", "text"), *bar, (f" {data.fraction:4.0%}", "number")])
    rows = height - len(lines) - 1
    sized = rows >= 4 and bool(data.gradients)
    if rows >= 1:
        lines += _curve(data, width, rows - 2 * sized, ascii)
        if sized:
            lines.append(_logarithmic("log‖g‖", data.gradients, data, width, ascii))
            lines.append(_logarithmic("logΔ/w", data.ratios, data, width, ascii))
        lines.append(_epochs(data, width, ascii))
    lines = [*lines, *([] for _ in range(height - len(lines)))][:height]
    return glyphs([fit(line, width) for line in lines], ascii)


def _title(data: LossData, width: int, ascii: bool) -> str:
    dot = " - " if ascii else " · "
    done = len(data.losses) if data.at is None else data.at
    loss = "loss, nats a character" if width >= _ROOMY or not data.losses else "loss"
    parts = [f"{loss}{dot}epoch {done:,}/{data.epochs:,}" if data.epochs else loss]
    if data.at == 0:
        return dot.join([*parts, "before the first update"])
    parts += [data.latest] if data.latest else []
    if data.gradients:
        parts += [f"gradient {data.gradients[done - 1]:.2g}", f"update {100 * data.ratios[done - 1]:.2g}% of w"]
    if data.seconds_left is not None and (data.fraction or 0) < 1:
        parts.append(f"{_time(data.seconds_left)} left")
    return dot.join(parts)


def _time(seconds: float) -> str:
    if seconds < 90:
        return f"{math.ceil(seconds)} s"
    minutes = math.ceil(seconds / 60)
    return f"{minutes} min" if minutes < 90 else f"{minutes / 60:.1f} h"


def _curve(data: LossData, width: int, rows: int, ascii: bool) -> list[Line]:
    top = ceiling(max(filter(math.isfinite, (*data.losses, *data.beside)), default=1.0))
    heights, others = (_eighths(_means(losses, data, width), rows, top) for losses in (data.losses, data.beside))
    labels = {0: f"{top:g}", rows - 1: "0"} if rows > 1 else {0: f"{top:g}"}
    lines: list[Line] = []
    for row in range(rows):
        above = (rows - 1 - row) * 8
        line = _row(labels.get(row, ""), row in labels, [height - above for height in heights], data, width, ascii)
        dotted = [above <= max(height - 1, 0) < above + 8 for height in others]
        lines.append(_dotted(line, dotted, ascii) if others else line)
    return lines


def _eighths(means: Sequence[float | None], rows: int, top: float) -> list[int]:
    """How high each column is, in eighths of a row."""
    return [0 if mean is None else max(round(min(max(mean, 0.0) / top, 1.0) * rows * 8), 1) for mean in means]


def _dotted(line: Line, dotted: Sequence[bool], ascii: bool) -> Line:
    """A row of columns with the dots of the second curve that are in it."""
    label, *runs = line
    cells: Line = [(glyph, style) for text, style in runs for glyph in text]
    cells += [(" ", "gate.6")] * (len(dotted) - len(cells))
    return [
        label,
        *merge([(("o" if ascii else "•"), "mover") if dot else cell for cell, dot in zip_longest(cells, dotted)]),
    ]


def _logarithmic(name: str, values: Sequence[float], data: LossData, width: int, ascii: bool) -> Line:
    """One row: from the least value, an eighth high, to the largest, the whole row. Where they differ by little, half
    of it."""
    means = _means([math.log10(value) if value > 0 else math.nan for value in values], data, width)
    known = [mean for mean in means if mean is not None]
    least, most = (min(known), max(known)) if known else (0.0, 0.0)
    span = most - least
    heights = [0 if m is None else 4 if span < 0.1 else 1 + round((m - least) / span * 7) for m in means]
    return _row(name, False, heights, data, width, ascii)


def _row(label: str, marked: bool, heights: list[int], data: LossData, width: int, ascii: bool) -> Line:
    """One row of columns, each so many eighths of it high, the open epoch's with a ground of its own."""
    if ascii:
        shown = "".join("#" if height > 3 else "." if height > 0 else " " for height in heights)
    else:
        shown = "".join(_RISING[max(0, min(8, height))] for height in heights)
    at = _column(data, width)
    runs: list[Run] = [(shown, "gate.6")]
    if at is not None and at < len(shown):
        runs = [(shown[:at], "gate.6"), (shown[at], "gate.6+row"), (shown[at + 1 :], "gate.6")]
    return [(f"{label:>6} {'┤' if marked else '│'}", "quiet"), *runs]


def _column(data: LossData, width: int) -> int | None:
    """The column of the open epoch; None where it has none."""
    columns = max(width - _AXIS - 1, 1)
    return None if not data.at else (data.at - 1) * columns // data.columns_for


def _means(values: Sequence[float], data: LossData, width: int) -> list[float | None]:
    """For every column of the epochs so far the mean of theirs; None where none of them is a number."""
    columns, epochs = max(width - _AXIS - 1, 1), data.columns_for
    means: list[float | None] = []
    for column in range(columns):
        first = column * epochs // columns
        last = max((column + 1) * epochs // columns, first + 1)
        if first >= len(values):
            break
        known = [value for value in values[first:last] if math.isfinite(value)]
        means.append(sum(known) / len(known) if known else None)
    return means


def _epochs(data: LossData, width: int, ascii: bool) -> Line:
    """The first epoch and the last, and between them which one is open."""
    left, last = " " * _AXIS + "1", f"{data.columns_for if data.losses or data.epochs else 0:,}"
    room = width - 1 - len(left) - len(last)
    at = _column(data, width)
    middle = "epoch" if data.at is None else f"{'^' if ascii else '▲'}epoch {data.at:,}"
    if room < len(middle) + 2:
        return [(left, "quiet")]
    if data.at is None:
        return [(left + middle.center(room) + last, "quiet")]
    text = [*f"{left}{' ' * room}{last}"]
    begin = min(_AXIS + at if at is not None else _AXIS - 1, width - 1 - len(middle))
    text[max(begin - 1, 0) : begin + len(middle) + 1] = f" {middle} " if begin else f"{middle} "
    return [("".join(text)[: width - 1], "number")]
