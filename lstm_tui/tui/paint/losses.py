"""The loss over the text: all of a long stretch with several steps a column, and step by step around the cursor."""

from __future__ import annotations

import math

from rich.cells import cell_len

from lstm_tui.tui.paint.over_time import LEAST, OverTimeData, labelled, pointer
from lstm_tui.tui.paint.plots import AXIS, HistoryData, history_columns, paint_history
from lstm_tui.tui.paint.rows import text_window
from lstm_tui.tui.paint.runs import Line, fit

ENDS = 12
"""Columns of a title's rule for the ends of its scale."""


def paint_losses(data: OverTimeData, width: int, height: int, ascii: bool = False) -> list[Line]:
    """A plot of the whole stretch where it has more steps than columns, and one of the steps around the cursor with
    the characters that were to be guessed below it. Nothing but the title where there is no loss."""
    row = data.values[0]
    if all(value != value for value in row):
        return [fit([(f" {data.title}", "quiet")] if not at else [], width) for at in range(height)]
    over = _overview(len(row), width, height)
    lines = _plot(data, 0, len(row), width, over, ascii) if over else []
    start, stop = _around(data, width)
    return [*lines, *_plot(data, start, stop, width, height - over, ascii)] if height > over else lines


def _overview(steps: int, width: int, height: int) -> int:
    """Lines of the plot of the whole stretch; none where all steps have columns, all where both plots have no room."""
    if steps <= _room(width):
        return 0
    return height // 2 if height >= 2 * LEAST["gate"] else height


def _room(width: int) -> int:
    return max(width - AXIS - 1, 1)


def _around(data: OverTimeData, width: int) -> tuple[int, int]:
    """Where the steps around the cursor begin and end in the stretch."""
    start, stop = text_window(max(data.cursor - data.start + 1, 1), len(data.labels), _room(width))
    return start - 1, stop - 1


def _plot(data: OverTimeData, start: int, stop: int, width: int, height: int, ascii: bool) -> list[Line]:
    row, first, last = data.values[0][start:stop], data.start + start, data.start + stop - 1
    known = max((at for at, value in enumerate(row, 1) if value == value), default=0)
    per = math.ceil(len(row) / _room(width))
    titles = [f"{data.title}, each above what was to be guessed", data.title]
    if per > 1:
        largest = f"the largest of {per} steps a column"
        titles = [f"{data.title}, steps {first:,} to {last:,}: {largest}", f"{data.title}: {largest}"]
    title = next((title for title in titles if cell_len(title) + ENDS <= width), titles[-1])
    labels = per == 1 and height > LEAST["gate"]
    lines = paint_history(
        HistoryData(title, "gate", row[:known], first, data.cursor, data.scales[0], per, len(row)),
        width,
        height - 1 - labels,
        ascii,
        footed=False,
    )
    each = history_columns(-(-len(row) // per), width)
    if labels:
        lines.append(fit(labelled(data.labels[start:stop], first, data.cursor, AXIS, each), width, ascii=ascii))
    return [*lines, fit(pointer(data, AXIS, each, width, ascii, (first, last), per), width, ascii=ascii)]


def loss_at(data: OverTimeData, width: int, height: int, x: int, y: int) -> int | None:
    """The step of the column drawn there; of several, the one with the largest loss."""
    over = _overview(len(data.labels), width, height)
    start, stop = (0, len(data.labels)) if y < over else _around(data, width)
    per = math.ceil((stop - start) / _room(width))
    each = history_columns(-(-(stop - start) // per), width)
    at = start + (x - AXIS) // each * per
    if x < AXIS or at >= stop:
        return None
    steps = range(at, min(at + per, stop))
    return data.start + max(
        steps, key=lambda step: (data.values[0][step] == data.values[0][step], data.values[0][step])
    )
