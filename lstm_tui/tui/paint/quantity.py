"""A quantity's panel: title rule, sentence, and every unit as a bar with its number, or as one cell."""

from __future__ import annotations

import math
from dataclasses import dataclass

from lstm_tui.tui.paint.bars import cells, gate_bar, inverted, legend, merge, parted_bar, signed_bar
from lstm_tui.tui.paint.layout import Layout, panel_layout, sentence_rows
from lstm_tui.tui.paint.runs import Line, fit, glyphs, moved, number, plain, width_of, wrap

PARTED = 21
"""Columns of a bar from which it shows in two inks what was kept and what was written."""
WIDE_TITLE = 36
"""From this width on a gate's title names both ends of its scale with their numbers."""


@dataclass(frozen=True, eq=False)
class PanelData:
    """Everything a panel shows."""

    digit: int
    symbol: str
    word: str
    kind: str
    """`gate` or `signed`."""
    sentence: str
    low: str = ""
    high: str = ""
    state: bool = False
    """Whether the value before is drawn too."""
    units: int = 0
    values: tuple[float, ...] | None = None
    """One a unit; None where there is nothing yet (a gate at step 0)."""
    before: tuple[float, ...] | None = None
    kept: tuple[float, ...] | None = None
    """For c: f·c', the part of each value that was kept; the rest was written. None where that is not so."""
    unit: int = 0
    """The selected one."""
    scale: float = 1.0
    movers: tuple[int, ...] = ()
    start: bool = False
    """True at step 0, where the panel says what it will show."""
    mono: bool = False
    """Whether there are no colours to tell a sign by."""


def paint_panel(data: PanelData, width: int, height: int, ascii: bool = False) -> list[Line]:
    """`height` lines of exactly `width` columns."""
    if width < 1 or height < 1:
        return [[] for _ in range(height)]
    layout = panel_layout(data.units, width, height, data.unit)
    lines = [_title(data, layout, width, ascii)]
    told = sentence_rows(width, height)
    if told:
        lines += _sentence(data, width, told, ascii, inks=layout.bar >= PARTED and not layout.per_row)
    if not told and (data.start or not data.units) and layout.rows:
        body = _first_words(data, layout, width, ascii)
    else:
        body = _body(data, layout, width, ascii)
    lines += body
    return glyphs([fit(line, width) for line in lines], ascii)


def _title(data: PanelData, layout: Layout, width: int, ascii: bool) -> Line:
    symbol = plain(data.symbol) if ascii else data.symbol
    left: Line = [(f"{data.digit} {symbol} {data.word}", "title")]
    ends = _ends(data, width)
    right: Line = [(plain(ends) if ascii else ends, "quiet")] if ends else []
    if layout.per_row:
        value = "–" if data.values is None else number(data.values[data.unit], data.kind == "signed")
        chosen = (f"{data.unit} {value}", "selected")
        if data.kind == "signed" and width >= WIDE_TITLE:
            right = [*legend(ascii, data.mono), (" ", "quiet"), *right]
        both: Line = [chosen, (" ", "quiet"), *right] if right else [chosen]
        fits = width_of(left) + width_of(both) + 3 <= width - 1
        right = both if fits or data.kind == "signed" else [chosen]
    room = width - 1 - 2
    if width_of(left) + width_of(right) > room:
        left = [(f"{data.digit} {symbol}", "title")]
    if width_of(left) + width_of(right) > room:
        right = []
    rule = width - 1 - width_of(left) - width_of(right) - (2 if right else 1)
    line: Line = [*left, (" " + "─" * max(rule, 0), "rule")]
    return [*line, (" ", "rule"), *right, (" ", "rule")] if right else [*line, (" ", "rule")]


def _ends(data: PanelData, width: int) -> str:
    if data.kind == "signed":
        return f"±{data.scale:g}"
    if not data.low:
        return ""
    return f"0 {data.low} … 1 {data.high}" if width >= WIDE_TITLE else f"{data.low}..{data.high}"


def _sentence(data: PanelData, width: int, rows: int, ascii: bool, inks: bool) -> list[Line]:
    words = plain(data.sentence) if ascii else data.sentence
    told = wrap(words, width - 2)[:rows]
    if inks and data.kept is not None:
        key = "# kept  = written  . taken away" if ascii else "█ kept  ▓ written  ░ taken away"
        if len(told) < rows:
            told.append(key)
        elif width_of([(told[-1] + key, "")]) + 5 <= width:
            told[-1] += "   " + key
    return [[(" " + text, "quiet")] for text in told] + [[] for _ in range(rows - len(told))]


def _first_words(data: PanelData, layout: Layout, width: int, ascii: bool) -> list[Line]:
    """The body at step 0 of a panel too small for a sentence of its own: the sentence takes the place of the bars."""
    alone = layout.columns == 1 and not layout.per_row and data.units > 0
    tail = layout.gap + 6 if alone else 1
    words = plain(data.sentence) if ascii else data.sentence
    told = wrap(words, max(width - 1 - layout.gutter - tail, 1))
    skip = 1 if layout.rows > len(told) + 1 else 0
    lines: list[Line] = []
    for row in range(layout.rows):
        at = row - skip
        line: Line = []
        unit = layout.bar_unit(row, 0) if alone else None
        if unit is None:
            line.append((" " * layout.gutter, "text"))
        else:
            line.append(_label(unit, data.unit, layout))
        line.append((told[at] if 0 <= at < len(told) else "", "quiet"))
        if unit is not None:
            shown = "–" if data.values is None else number(data.values[unit], data.kind == "signed")
            line = [*fit(line, width - 1 - 6), (f"{shown:>5} ", "number")]
        elif not alone and data.units and at == len(told):
            line[-1] = ("–" if data.values is None else f"all {data.units} units at +0.00", "number")
        lines.append(line)
    return lines


def _body(data: PanelData, layout: Layout, width: int, ascii: bool) -> list[Line]:
    lines: list[Line] = []
    if layout.per_row:
        lines += [_heat_row(data, layout, row, ascii) for row in range(layout.heat_rows)]
    lines += [[] for _ in range(layout.bars_at - len(lines))]
    for row in range(layout.bar_rows):
        line: Line = []
        for column in range(layout.columns):
            unit = layout.bar_unit(row, column)
            if unit is not None:
                line += _bar_row(data, layout, unit, ascii)
        lines.append(line)
    lines += [[] for _ in range(layout.rows - len(lines))]
    return lines[: layout.rows]


def _label(unit: int, selected: int, layout: Layout) -> tuple[str, str]:
    if unit == selected:
        return f"▸{unit:>{layout.digits}} ", "selected+row"
    return f" {unit:>{layout.digits}} ", "quiet"


def _bar_row(data: PanelData, layout: Layout, unit: int, ascii: bool) -> Line:
    band = "+row" if unit == data.unit else ""
    signed = data.kind == "signed"
    room = 5 + layout.gap
    if data.values is None:
        blank = (" " if signed else "-" if ascii else "·") * layout.bar
        return [_label(unit, data.unit, layout), (blank, "track" + band), (f"{'–':>{room}} ", "number" + band)]
    value = data.values[unit]
    before = data.before[unit] if data.before is not None else None
    shift = moved(value, before) if before is not None else 0
    mover = unit in data.movers and shift != 0
    if signed and data.kept is not None and layout.bar >= PARTED:
        bar = parted_bar(value, data.kept[unit], data.scale, layout.bar, before, ascii, band)
    elif signed:
        bar = signed_bar(value, data.scale, layout.bar, before, ascii, band)
    else:
        bar = gate_bar(value, layout.bar, ascii, band)
    style = "number" if math.isfinite(value) else "alarm"
    if mover:
        style = "mover"
    elif band and style == "number":
        style = "selected"
    shown = f"{number(value, signed, room):>{room}}"
    arrow = " ▲▼"[shift]
    if mover or not shift:
        return [_label(unit, data.unit, layout), *bar, (shown + arrow, style + band)]
    return [_label(unit, data.unit, layout), *bar, (shown, style + band), (arrow, "quiet" + band)]


def _heat_row(data: PanelData, layout: Layout, row: int, ascii: bool) -> Line:
    start = layout.heat_first + row * layout.per_row
    stop = min(start + layout.per_row, layout.units)
    here = start <= data.unit < stop
    label = (f"{'▸' if here else ' '}{start:>{layout.digits}} ", "selected" if here else "quiet")
    if data.values is None:
        line: Line = [("–", "quiet")] * (stop - start)
    else:
        line = cells(data.values[start:stop], data.kind, data.scale, ascii, data.mono)
        for unit in data.movers:
            if start <= unit < stop:
                glyph, style = line[unit - start]
                line[unit - start] = (glyph, style + "+mover")
    if here:
        glyph, style = line[data.unit - start]
        line[data.unit - start] = (glyph, inverted(style))
    return [label, *merge(line)]
