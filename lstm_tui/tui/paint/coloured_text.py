"""The text, every character with a cell below it that is coloured by a value of its step."""

from __future__ import annotations

from rich.cells import cell_len

from lstm_tui.tui.paint.bars import cells, inverted, merge
from lstm_tui.tui.paint.over_time import OverTimeData, headed
from lstm_tui.tui.paint.runs import Line, fit, plain


def text_lines(data: OverTimeData, width: int, height: int) -> list[list[int]]:
    """The steps on each line of characters that fits between title and number, the cursor's line among them.

    Lines end where the text's own lines do, or at the edge. Pages overlap by half, so that the text stands still on
    most steps.
    """
    lines: list[list[int]] = [[]]
    used = 0
    for step, label in enumerate(data.labels, data.start):
        size = max(cell_len(label), 1)
        if lines[-1] and (used + size > width - 2 or step - 1 in data.breaks):
            lines.append([])
            used = 0
        lines[-1].append(step)
        used += size
    rows = max((height - 2) // _each(data), 1)
    at = next((row for row, steps in enumerate(lines) if steps and data.cursor <= steps[-1]), len(lines) - 1)
    half = max(rows // 2, 1)
    top = max(0, min(at // half * half - rows // 4, len(lines) - rows))
    return lines[top : top + rows]


def paint_text_over_time(data: OverTimeData, width: int, height: int, ascii: bool = False) -> list[Line]:
    """Every line of the text with a line of cells below it: the first row of `data.values` at each character. Below
    that a line of the track, where one is shown."""
    lines = [headed([data.title], data, width, ascii)]
    shown = cells(data.values[0], data.kind, data.scales[0], ascii, data.mono, data.solid)
    painted = cells(data.values[0], data.kind, data.scales[0], ascii, data.mono)
    for steps in text_lines(data, width, height):
        above: Line = [(" ", "text")]
        below: Line = [(" ", "text")]
        for step in steps:
            at = step - data.start
            label, (glyph, style) = data.labels[at] or " ", shown[at]
            colour = painted[at][1].replace("+reverse", "")
            if data.values[0][at] != data.values[0][at]:
                glyph, style, colour = " ", "text", "text"
            above.append((label, "current" if step == data.cursor else colour))
            below.append((glyph * cell_len(label), inverted(style) if step == data.cursor else style))
        lines += [merge(above), merge(below)]
        if data.track:
            lines.append(_track_line(data, steps, ascii))
    lines = [*lines, *([] for _ in range(height - 1 - len(lines)))][: max(height - 1, 0)]
    lines.append([(f" {plain(data.description) if ascii else data.description}", "number")])
    return [fit(line, width, ascii=ascii) for line in lines[:height]]


def text_at(data: OverTimeData, width: int, height: int, x: int, y: int) -> int | None:
    """The step whose character, or cell, is drawn there."""
    lines = text_lines(data, width, height)
    if not 1 <= y <= _each(data) * len(lines):
        return None
    column = 1
    for step in lines[(y - 1) // _each(data)]:
        size = max(cell_len(data.labels[step - data.start]), 1)
        if column <= x < column + size:
            return step
        column += size
    return None


def _each(data: OverTimeData) -> int:
    """Rows of a line of the text and what is below it."""
    return 3 if data.track else 2


def _track_line(data: OverTimeData, steps: list[int], ascii: bool) -> Line:
    shown = cells([data.track[step - data.start] for step in steps], "gate", 1.0, ascii, data.mono)
    drawn: Line = [(" ", "text")]
    for step, (glyph, style) in zip(steps, shown, strict=True):
        label = data.labels[step - data.start] or " "
        drawn.append((glyph * cell_len(label), inverted(style) if step == data.cursor else style))
    return merge(drawn)
