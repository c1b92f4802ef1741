"""A quantity's panel: title rule, sentence, and every unit as a bar with its number, or as one cell."""

from __future__ import annotations

import math
from dataclasses import dataclass

from rich.cells import cell_len, set_cell_size

from lstm_tui.tui.paint.bars import (
    GONE,
    KEPT,
    WRITTEN,
    cells,
    gate_bar,
    inverted,
    legend,
    merge,
    parted_bar,
    signed_bar,
)
from lstm_tui.tui.paint.layout import TITLED, Layout, panel_layout, sentence_rows
from lstm_tui.tui.paint.runs import Line, fit, glyphs, moved, number, on_scale, plain, short, width_of, wrap

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
    held: tuple[int, ...] = ()
    """Units whose value is clamped at this step: `=` stands behind it."""
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
    sentence_lines = sentence_rows(width, height, data.units)
    if sentence_lines:
        lines.append([(" " + _sentence(data, width - 2, ascii), "quiet")])
    if not sentence_lines and width < TITLED and (data.start or not data.units) and layout.rows:
        body = _first_words(data, layout, width, ascii)
    else:
        body = _body(data, layout, width, ascii)
    lines += body
    return glyphs([fit(line, width) for line in lines], ascii)


def _title(data: PanelData, layout: Layout, width: int, ascii: bool) -> Line:
    """` 5 c cell  memory carried on = … ──── ±2`: what there is room for, the name and its scale before the rest."""
    words = plain if ascii else str
    named: Line = [(words(f" {data.digit} {data.symbol} {data.word}"), "title")]
    short: Line = [(words(f" {data.digit} {data.symbol}"), "title")]
    some: Line = []
    if layout.per_row:
        value = "–" if data.values is None else on_scale(data.values[data.unit], data.kind == "signed", data.scale)
        some = [(f"{data.unit} {value}", "selected")]
    sentence_width = cell_len(_sentence(data, width, ascii)) if width >= TITLED else 0
    wide = width_of([*named, *some]) + sentence_width + 26 <= width or width < TITLED
    ends = [run for run in _scale(data, width if wide else WIDE_TITLE - 1, ascii, bool(layout.per_row)) if run[0]]
    whole = [*some, (" ", "quiet"), *ends] if some and ends else some or ends
    ways = [(named, whole), (short if data.kind == "signed" else named, whole if data.kind == "signed" else some)]
    ways += [(short, some), (short, [])]
    room = width - 1 - 2
    left, right = next((way for way in ways if width_of(way[0]) + width_of(way[1]) <= room), (short, []))
    spare = room - width_of(left) - width_of(right) - 3
    extra = _sentence(data, spare, ascii) if width >= TITLED else _inks(data, layout, spare, ascii)
    if extra and width_of([(extra, "")]) <= spare:
        left = [*left, ("  " + extra, "quiet")]
    rule = width - 1 - width_of(left) - width_of(right) - (2 if right else 1)
    line: Line = [*left, (" " + "─" * max(rule, 0), "rule")]
    return [*line, (" ", "rule"), *right, (" ", "rule")] if right else [*line, (" ", "rule")]


def _scale(data: PanelData, width: int, ascii: bool, cells_shown: bool) -> Line:
    """Both ends; of one-cell units also how they look, where there is room."""
    words = plain if ascii else str
    ends: Line = [(words(_ends(data, width)), "quiet")]
    if cells_shown and data.kind == "signed" and width >= WIDE_TITLE:
        return [*legend(ascii, data.mono), (" ", "quiet"), *ends]
    return ends


def _inks(data: PanelData, layout: Layout, spare: int, ascii: bool) -> str:
    """What the parts of c's bars are."""
    if data.kept is None or layout.bar < PARTED or layout.per_row:
        return ""
    whole = "# kept = written . taken" if ascii else f"{KEPT} kept {WRITTEN} written {GONE} taken"
    return whole if len(whole) <= spare else whole[:-8]


def _ends(data: PanelData, width: int) -> str:
    if data.kind == "signed":
        return short(f"±{data.scale:g}")
    if not data.low:
        return ""
    return f"0 {data.low} … 1 {data.high}" if width >= WIDE_TITLE else f"{data.low}..{data.high}"


def _sentence(data: PanelData, room: int, ascii: bool) -> str:
    """The panel's sentence in one line; without what explains its middle where it does not fit."""
    words = plain(data.sentence) if ascii else data.sentence
    if cell_len(words) > room:
        start, _, rest = words.partition(": ")
        _, equals, end = rest.rpartition(" = ")
        words = start + equals + end
    return words if cell_len(words) <= room else set_cell_size(words, max(room - 1, 0)) + ("~" if ascii else "…")


def _first_words(data: PanelData, layout: Layout, width: int, ascii: bool) -> list[Line]:
    """The body at step 0 of a panel that has no room for its sentence later on: no unit is beside its words."""
    sentence_lines = wrap(plain(data.sentence) if ascii else data.sentence, max(width - 4, 1))
    if data.units:
        sentence_lines += ["", "nothing computed yet" if data.values is None else f"all {data.units} units at 0"]
    skip = 1 if layout.rows > len(sentence_lines) + 1 else 0
    lines: list[Line] = [[] for _ in range(skip)]
    lines += [[("   " + words, "quiet")] for words in sentence_lines]
    return [*lines, *([] for _ in range(layout.rows - len(lines)))][: layout.rows]


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
    if layout.left_out:
        drawn = layout.per_row * layout.heat_rows if layout.per_row else layout.bar_rows
        first = layout.heat_first if layout.per_row else layout.first
        drawn = min(drawn, layout.units - first)
        more = "↑ more" if first + drawn >= layout.units else "↓ more"
        span = f" {first} to {first + drawn - 1} of {layout.units}"
        ways = (f"{span} units, {more}", f"{span}, {more}", f"{span} {more[0]}")
        lines[layout.rows - 1] = [(next((way for way in ways if len(way) < width), ways[-1]), "quiet")]
    return lines[: layout.rows]


def _label(unit: int, selected: int, layout: Layout) -> tuple[str, str]:
    if unit == selected:
        return f"▸{unit:>{layout.digits}} ", "selected+row"
    return f" {unit:>{layout.digits}} ", "quiet"


def _bar_row(data: PanelData, layout: Layout, unit: int, ascii: bool) -> Line:
    band = "+row" if unit == data.unit else ""
    signed = data.kind == "signed"
    room = 5 + layout.gap
    if data.values is None and data.before is not None:
        return _old_row(data, layout, unit, ascii)
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
    shown = f"{on_scale(value, signed, data.scale, room):>{room}}"
    arrow = "=" if unit in data.held else " ▲▼"[shift]
    if mover or not shift:
        return [_label(unit, data.unit, layout), *bar, (shown + arrow, style + band)]
    return [_label(unit, data.unit, layout), *bar, (shown, style + band), (arrow, "quiet" + band)]


def _old_row(data: PanelData, layout: Layout, unit: int, ascii: bool) -> Line:
    """The state before, dimmed, with a prime after its number: what the step is made of, until it is replaced."""
    assert data.before is not None
    band, room = "+row" if unit == data.unit else "", 5 + layout.gap
    bar = signed_bar(data.before[unit], data.scale, layout.bar, None, ascii, band)
    shown = f"{number(data.before[unit], True, room):>{room}}'"
    return [_label(unit, data.unit, layout), *((text, "axis" + band) for text, _ in bar), (shown, "quiet" + band)]


def _heat_row(data: PanelData, layout: Layout, row: int, ascii: bool) -> Line:
    start = layout.heat_first + row * layout.per_row
    stop = min(start + layout.per_row, layout.units)
    here = start <= data.unit < stop
    label = (f"{'▸' if here else ' '}{start:>{layout.digits}} ", "selected" if here else "quiet")
    line: Line = [("–", "quiet")] * (stop - start)
    if data.values is None and data.before is not None:
        line = cells(data.before[start:stop], data.kind, data.scale, ascii, data.mono)
        line = [(glyph, "axis" + "+reverse" * style.endswith("+reverse")) for glyph, style in line]
    elif data.values is not None:
        line = cells(data.values[start:stop], data.kind, data.scale, ascii, data.mono)
        for unit in data.movers:
            if start <= unit < stop:
                glyph, style = line[unit - start]
                line[unit - start] = (glyph, style + "+mover")
    if here:
        glyph, style = line[data.unit - start]
        line[data.unit - start] = (glyph, inverted(style))
    return [label, *merge(line)]
