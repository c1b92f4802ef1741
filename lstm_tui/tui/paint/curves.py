"""The loss while a model trains: how far it is, and the curve so far."""

from __future__ import annotations

import math
from dataclasses import dataclass

from lstm_tui.tui.paint.bars import gate_bar
from lstm_tui.tui.paint.plots import rule
from lstm_tui.tui.paint.runs import Line, fit, glyphs

_DOTS = ((0x01, 0x08), (0x02, 0x10), (0x04, 0x20), (0x40, 0x80))  # braille dots, [row][column] of a 4 × 2 cell


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
    loss: float | None = None
    """The latest known, where it is newer than the last epoch's."""


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
    latest = data.loss if data.loss is not None else data.losses[-1] if done else None
    if latest is not None:
        parts.append(f"{latest:.4f}")
    if data.seconds_left is not None and (data.fraction or 0) < 1:
        parts.append(f"{_time(data.seconds_left)} left")
    return dot.join(parts)


def _time(seconds: float) -> str:
    if seconds < 90:
        return f"{math.ceil(seconds)} s"
    minutes = math.ceil(seconds / 60)
    return f"{minutes} min" if minutes < 90 else f"{minutes / 60:.1f} h"


def ceiling(largest: float) -> float:
    """The smallest of 1, 2, 5 × 10ⁿ that is not below the largest loss: the axis moves rarely."""
    if largest <= 0:
        return 1.0
    power = 10.0 ** math.floor(math.log10(largest))
    return next(step * power for step in (1, 2, 5, 10) if largest <= step * power * (1 + 1e-9))


def _curve(data: LossData, width: int, rows: int, ascii: bool) -> list[Line]:
    columns = max(width - 9, 1)
    finite = [loss for loss in data.losses if math.isfinite(loss)]
    top = ceiling(max(finite, default=1.0))
    across, down = (1, 1) if ascii else (2, 4)
    dots = [[0] * columns for _ in range(rows)]
    steps = max(data.epochs, len(data.losses), 2) - 1
    last: int | None = None
    for epoch, loss in enumerate(data.losses):
        if not math.isfinite(loss):
            last = None
            continue
        x = round(epoch / steps * (columns * across - 1))
        y = round((1 - min(max(loss, 0.0) / top, 1.0)) * (rows * down - 1))
        low, high = (y, y) if last is None else (min(y, last), max(y, last))
        for dot in range(low, high + 1):
            dots[dot // down][x // across] |= _DOTS[dot % down][x % across]
        last = y
    labels = {0: f"{top:g}", rows - 1: "0"} if rows > 1 else {0: f"{top:g}"}
    if rows > 5:
        labels[rows // 2] = f"{top * (1 - (rows // 2 + 0.5) / rows):.2g}"
    lines: list[Line] = []
    for row in range(rows):
        joint = "┤" if row in labels else "│"
        shown = "".join((" *"[bool(d)] if ascii else chr(0x2800 + d) if d else " ") for d in dots[row])
        lines.append([(f"{labels.get(row, ''):>6} {joint}", "quiet"), (shown, "number")])
    return lines


def _epochs(data: LossData, width: int) -> Line:
    last = str(max(data.epochs, len(data.losses)))
    left = " " * 8 + "1"
    middle = "epoch"
    room = width - 1 - len(left) - len(last)
    if room < len(middle) + 2:
        return [(left, "quiet")]
    return [(left + middle.center(room) + last, "quiet")]
