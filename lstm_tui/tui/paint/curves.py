"""The loss while a model trains: how far it is, and the curve so far."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from lstm_tui.core.sums import ceiling
from lstm_tui.tui.paint.bars import gate_bar, merge
from lstm_tui.tui.paint.plots import rule
from lstm_tui.tui.paint.runs import Line, fit, glyphs

_RISING = " ▁▂▃▄▅▆▇█"


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
    """The latest loss in words; empty where none is known."""
    beside: tuple[float, ...] = ()
    """Those of a second training, drawn as a line of dots over the first one's columns."""


def paint_loss(data: LossData, width: int, height: int, ascii: bool = False) -> list[Line]:
    """The rule with epoch, loss and time left, a bar, and the curve over all epochs to come."""
    lines = [rule(_title(data, ascii), "", width)]
    if height > 3 and data.fraction is not None:
        bar = gate_bar(data.fraction, max(width - 9, 1), ascii)
        lines.append([(" ", "text"), *bar, (f" {data.fraction:4.0%}", "number")])
    rows = height - len(lines) - 1
    if rows >= 1:
        lines += _curve(data, width, rows, ascii)
        lines.append(_epochs(data, width))
    lines = [*lines, *([] for _ in range(height - len(lines)))][:height]
    return glyphs([fit(line, width) for line in lines], ascii)


def _title(data: LossData, ascii: bool) -> str:
    dot = " - " if ascii else " · "
    done = len(data.losses)
    parts = [f"loss, nats a character{dot}epoch {done}/{data.epochs}" if data.epochs else "loss, nats a character"]
    if data.latest:
        parts.append(data.latest)
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
    columns = max(width - 9, 1)
    heights = _columns(data.losses, data.epochs, columns, rows, top)
    dots = [max(height - 1, 0) // 8 for height in _columns(data.beside, data.epochs, columns, rows, top)]
    labels = {0: f"{top:g}", rows - 1: "0"} if rows > 1 else {0: f"{top:g}"}
    lines: list[Line] = []
    for row in range(rows):
        depth = (rows - 1 - row) * 8
        joint = "┤" if row in labels else "│"
        if ascii:
            shown = "".join("#" if height - depth > 3 or 0 < height - depth == height else " " for height in heights)
        else:
            shown = "".join(_RISING[max(0, min(8, height - depth))] for height in heights)
        lines.append([(f"{labels.get(row, ''):>6} {joint}", "quiet"), *_dotted(shown, dots, rows - 1 - row, ascii)])
    return lines


def _dotted(shown: str, dots: Sequence[int], row: int, ascii: bool) -> Line:
    """A row of columns with the dots of the second curve that are in it."""
    cells: Line = [(glyph, "gate.6") for glyph in shown.ljust(len(dots))]
    for column, at in enumerate(dots):
        if at == row:
            cells[column] = ("o" if ascii else "•", "mover")
    return merge(cells)


def _columns(losses: Sequence[float], planned: int, columns: int, rows: int, top: float) -> list[int]:
    """For every column of the epochs so far the mean loss of its epochs, in eighths of a row."""
    epochs = max(planned, len(losses), 1)
    heights: list[int] = []
    for column in range(columns):
        first = column * epochs // columns
        last = max((column + 1) * epochs // columns, first + 1)
        if first >= len(losses):
            break
        known = [loss for loss in losses[first:last] if math.isfinite(loss)]
        mean = sum(known) / len(known) if known else 0.0
        heights.append(max(round(min(max(mean, 0.0) / top, 1.0) * rows * 8), 1 if known else 0))
    return heights


def _epochs(data: LossData, width: int) -> Line:
    last = str(max(data.epochs, len(data.losses)))
    left = " " * 8 + "1"
    middle = "epoch"
    room = width - 1 - len(left) - len(last)
    if room < len(middle) + 2:
        return [(left, "quiet")]
    return [(left + middle.center(room) + last, "quiet")]
