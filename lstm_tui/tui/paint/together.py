"""All units of a layer in one plot: how many of them stand at which height, the selected one marked."""

from __future__ import annotations

from lstm_tui.tui.paint.bars import merge
from lstm_tui.tui.paint.over_time import OverTimeData, pointer, titled
from lstm_tui.tui.paint.plots import AXIS, history_columns
from lstm_tui.tui.paint.runs import Line, fit, short

_CROWD = "░▒▓"
"""A few units, several, many."""
_PLAIN_CROWD = ".:%"
_KEY, _PLAIN_KEY = "█ the selected unit  ░▒▓ others", "# the selected unit  .:% others"


def paint_together(data: OverTimeData, width: int, height: int, ascii: bool = False) -> list[Line]:
    """A column or more a step, a row a height; colour says the sign once more."""
    rows = max(height - 2, 1)
    scale = data.scales[0]
    low = -scale if data.kind == "signed" else 0.0
    lines = [titled(data.title, [(_PLAIN_KEY if ascii else _KEY, "quiet")], width, ascii)]
    each = history_columns(len(data.labels), width)
    counts = [[0] * len(data.labels) for _ in range(rows)]
    chosen: set[tuple[int, int]] = set()
    beyond: set[tuple[int, int]] = set()
    for unit, values in zip(data.shown, data.values, strict=True):
        for at, value in enumerate(values):
            if value == value:
                share = (min(max(value, low), scale) - low) / (scale - low)
                row = round((1 - share) * (rows - 1))
                counts[row][at] += 1
                if abs(value) > scale * 1.0005:
                    beyond.add((row, at))
                if unit == data.unit:
                    chosen.add((row, at))
    for row, count in enumerate(counts):
        drawn: Line = []
        height_share = scale - (scale - low) * row / max(rows - 1, 1)
        name = "gate.8" if data.kind != "signed" else "positive.8" if height_share > 0 else "negative.8"
        for at, units in enumerate(count):
            glyph = _glyph(units, len(data.shown), (row, at) in chosen, ascii)
            if (row, at) in beyond:
                glyph = ("^v" if ascii else "▲▼")[row > 0]
            band = "+row" if data.start + at == data.cursor else ""
            style = ("mover" if (row, at) in chosen else name if units else "axis") + band
            drawn += [(glyph * max(each - 1, 1), style), (" " * (each > 1), "text")]
        label = {0: short(f"{scale:+g}") if low else f"{scale:g}", rows - 1: short(f"{low:g}")}.get(row, "")
        drawn = [(f"{label:>5} "[:6] + ("|" if ascii else "│"), "quiet"), *(run for run in drawn if run[0])]
        lines.append(merge(drawn))
    lines.append(pointer(data, AXIS, each, width, ascii))
    return [fit(line, width, ascii=ascii) for line in lines[:height]]


def _glyph(count: int, units: int, chosen: bool, ascii: bool) -> str:
    if chosen:
        return "#" if ascii else "█"
    if not count:
        return " "
    crowd = _PLAIN_CROWD if ascii else _CROWD
    return crowd[0 if count <= max(units // 32, 1) else 1 if count <= max(units // 8, 2) else 2]


def together_at(data: OverTimeData, width: int, height: int, x: int, y: int) -> int | None:
    """The step of the column drawn there."""
    column = (x - AXIS) // history_columns(len(data.labels), width)
    return data.start + column if x >= AXIS and 0 < y < height and column < len(data.labels) else None
