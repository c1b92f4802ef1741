"""How far a gradient reaches: bands of columns on one logarithmic scale, one below another."""

from __future__ import annotations

import math

from lstm_tui.tui.paint.bars import merge
from lstm_tui.tui.paint.over_time import OverTimeData, labelled, pointer, titled
from lstm_tui.tui.paint.plots import AXIS, history_columns, rule
from lstm_tui.tui.paint.runs import Line, fit, glyphs, short

_RISING = " ▁▂▃▄▅▆▇█"


def paint_reach(data: OverTimeData, width: int, height: int, ascii: bool = False) -> list[Line]:
    """The title, what was read, a band for each row of `data.values` (powers of ten, `data.scales` their ends), and the
    numbers under the cursor."""
    each = history_columns(len(data.labels), width)
    low, high = data.scales
    lines = [titled(data.title, [("÷ its size at the end, log scale", "quiet")], width, ascii)]
    lines.append(labelled(data.labels, data.start, data.cursor, AXIS, each))
    rows = max((height - 3) // max(len(data.values), 1) - 1, 1)
    for caption, values in zip(data.captions, data.values, strict=True):
        lines.append(rule(caption, short(f"{10**low:.0e} … {10**high:.0e}"), width))
        for row in range(rows):
            edge = {0: short(f"{10**high:.0e}"), rows - 1: short(f"{10**low:.0e}")}.get(row, "") if rows > 1 else ""
            drawn: Line = [(f"{edge:>5} │", "quiet")]
            for step, value in enumerate(values, data.start):
                glyph = _glyph(value, low, high, rows, row, ascii)
                band = "+row" if step == data.cursor else ""
                gap = int(each > 1)
                drawn += [(glyph * (each - gap), "gate.6" + band), (" " * gap, "text" + band)]
            lines.append(merge([run for run in drawn if run[0]]))
    lines = [*lines, *([] for _ in range(height - 1 - len(lines)))][: max(height - 1, 0)]
    lines.append(pointer(data, AXIS, each, width, ascii))
    return glyphs([fit(line, width, ascii=ascii) for line in lines[:height]], ascii)


def _glyph(value: float, low: float, high: float, rows: int, row: int, ascii: bool) -> str:
    """A column's part in one row, the top one first; nothing for what is not known, and for zero."""
    if not math.isfinite(value):
        return " "
    eighths = max(round((value - low) / (high - low) * rows * 8), 1) - (rows - 1 - row) * 8
    if ascii:
        return "#" if eighths > 3 else "." if eighths > 0 else " "
    return _RISING[max(0, min(8, eighths))]
