"""One value of a unit over time."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

from rich.cells import cell_len

from lstm_tui.tui.paint.bars import level, merge
from lstm_tui.tui.paint.runs import Line, fit, glyphs, on_scale, plain, short

AXIS = 7
"""Columns before the first step of a plot."""
_RISING = " ▁▂▃▄▅▆▇█"


def rule(left: str, right: str, width: int) -> Line:
    """`─ c over time ──────── ±2`: the title line of everything below the panels."""
    inner = width - 1 - cell_len(left) - cell_len(right) - 3
    line: Line = [(" ", "rule"), (left, "title")]
    tail: Line = [(" " + right, "quiet")] if right and inner > 0 else []
    fill = width - 1 - 1 - cell_len(left) - 1 - sum(cell_len(text) for text, _ in tail)
    return fit([*line, (" " + "─" * max(fill, 0), "rule"), *tail], width)


@dataclass(frozen=True, eq=False)
class HistoryData:
    """One unit's value at consecutive steps."""

    title: str
    kind: str
    values: tuple[float, ...]
    start: int
    """The step of the first value."""
    cursor: int
    """The step shown."""
    scale: float = 1.0
    per: int = 1
    """Steps that share a column, which shows the largest of them."""
    steps: int = 0
    """What there is room kept for, where that is more than there are values."""


def history_columns(steps: int, width: int) -> int:
    """Columns given to each step: as many as fit, at most six, at least one."""
    return max(1, min(6, (width - 8) // max(steps, 1)))


def paint_history(data: HistoryData, width: int, height: int, ascii: bool = False, footed: bool = True) -> list[Line]:
    """A column a step, up from the axis or down from it, with the axis' numbers and, where it is `footed`, the cursor's
    step marked in the last line."""
    ends = short(f"±{data.scale:g}") if data.kind == "signed" else short(f"0..{data.scale:g}")
    lines = [rule(data.title, plain(ends) if ascii else ends, width)]
    rows = height - 1 - footed
    if rows < 1 or not data.values:
        if height > 1:
            lines.append([(" nothing yet", "quiet")])
    else:
        lines += _chart(data, width, rows, ascii)
        lines += [_steps(data, width, ascii)] * footed
    lines = [*lines, *([] for _ in range(height - len(lines)))][:height]
    return glyphs([fit(line, width) for line in lines], ascii)


def _visible(data: HistoryData, width: int) -> tuple[int, tuple[float, ...]]:
    """The first step and the values that fit, the cursor's among them."""
    room = max(width - 8, 1) * data.per
    if len(data.values) <= room:
        return data.start, data.values
    at = max(0, min(data.cursor - data.start - room * 3 // 4, len(data.values) - room))
    return data.start + at, data.values[at : at + room]


def _chart(data: HistoryData, width: int, rows: int, ascii: bool) -> list[Line]:
    start, values = _visible(data, width)
    each = history_columns(-(-max(len(values), data.steps) // data.per), width)
    values = tuple(_largest(values[at : at + data.per]) for at in range(0, len(values), data.per))
    span = (rows - 1) // 2 if data.kind == "signed" else rows
    used = 2 * span + 1 if data.kind == "signed" else rows
    columns = [_column(value, data, span) for value in values]
    gap = 1 if each > 1 else 0
    lines: list[Line] = []
    for row in range(used):
        cells: Line = []
        for at, column in enumerate(columns):
            glyph, style = _glyph(column, row, span, ascii)
            here = at == (data.cursor - start) // data.per
            cells.append((glyph * (each - gap), style + ("+row" if here else "")))
            if gap:
                cells.append(("─" if row == span else " ", "axis"))
        lines.append([(_axis(data, row, used, span, ascii), "quiet"), *merge(cells)])
    return lines


def _largest(values: Sequence[float]) -> float:
    """NaN where one is."""
    return next((value for value in values if value != value), max(values))


def _axis(data: HistoryData, row: int, rows: int, span: int, ascii: bool) -> str:
    if data.kind == "signed":
        end = short(f"{data.scale:g}" if len(f"{data.scale:g}") < 5 else f"{data.scale:.0e}")
        labels = {0: f"+{end}", rows - 1: f"-{end}", span: "0"}
    else:
        labels = {0: short(f"{data.scale:g}"), rows - 1: "0"}
    joint = "+" if ascii else "┤"
    return f"{labels.get(row, ''):>5} "[:6] + (joint if row in labels else "│")


class Column(NamedTuple):
    """One step: how many eighths of a row it rises or hangs, and in which style; None for what is not a number."""

    eighths: int | None
    hangs: bool
    signed: bool
    style: str
    beyond: bool = False
    """Whether it goes on outside the scale."""


def _column(value: float, data: HistoryData, span: int) -> Column:
    """A value in a chart of `span` rows up from the axis, and as many down where it is signed."""
    signed = data.kind == "signed"
    if not math.isfinite(value):
        return Column(None, False, signed, "alarm")
    whole = abs(value) / data.scale
    share = min(whole, 1.0)
    hangs = value < 0 and signed
    eighths = round(share * span * 8)
    if not eighths and (share >= 0.005 or not signed):
        eighths = 1
    style = ("negative." if hangs else "positive." if signed else "gate.") + str(level(share))
    return Column(eighths, hangs, signed, style, whole > 1.0005)


def _glyph(column: Column, row: int, span: int, ascii: bool) -> tuple[str, str]:
    """What a column shows in one row; the axis of a signed chart is row `span`."""
    eighths, hangs, signed, style, beyond = column
    if eighths is None:
        return ("?", style) if row == (span if signed else span - 1) else (" ", "axis")
    if signed and row == span:
        return "─", "axis"
    depth = row - span - 1 if hangs else span - 1 - row
    if depth < 0:
        return " ", "axis"
    part = max(0, min(8, eighths - depth * 8))
    if beyond and depth == span - 1:
        return "▼" if hangs else "▲", style
    if ascii:
        return ("#" if part >= 4 or (part and depth == 0) else " "), style
    if hangs and 0 < part < 8:
        return _RISING[8 - part], style + "+reverse"
    return _RISING[part], style if part else "axis"


def _steps(data: HistoryData, width: int, ascii: bool) -> Line:
    """The line of step numbers: the first, the cursor's with its value, the last."""
    start, values = _visible(data, width)
    each = history_columns(len(values), width)
    text = [" "] * max(width, 8)
    last = start + len(values) - 1

    def put(label: str, at: int) -> None:
        at = max(0, min(at, width - len(label) - 1))
        if all(ch == " " for ch in text[max(at - 1, 0) : at + len(label) + 1]):
            text[at : at + len(label)] = label

    if start <= data.cursor <= last:
        value = on_scale(data.values[data.cursor - data.start], data.kind == "signed", data.scale)
        here = f"{'^' if ascii else '▲'}step {data.cursor}"
        both = f"{here} (t = {data.cursor - 1}) {value}" if data.cursor else f"{here} {value}"
        put(both if len(both) <= width - 10 else f"{here} {value}", 7 + (data.cursor - start) * each)
    put(str(start), 7)
    put(str(last), 7 + (len(values) - 1) * each)
    return [("".join(text[:width]), "number")]
