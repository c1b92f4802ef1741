"""A cell's source while one step is walked through: the line about to run, and what each line made, beside it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from rich.cells import cell_len

from lstm_tui.tui.paint.plots import rule
from lstm_tui.tui.paint.runs import Line, fit, glyphs, number, plain, width_of

_SHARE = 0.6
"""Of the width, at most, for the source with its comments; the values need the rest."""
_VALUES = 26
"""Columns that the values get beside source without comments."""


@dataclass(frozen=True)
class Value:
    """Something a line made: its name, the first of its values, how many there are, and whether they carry a sign."""

    name: str
    values: tuple[float, ...]
    size: int
    signed: bool
    first: int | None = None
    """The unit that the values begin with; None where they are no units'."""
    labels: tuple[str, ...] = ()
    """The symbols they belong to."""


@dataclass(frozen=True, eq=False)
class SourceData:
    """What the pane shows. Rows count `lines` from 0."""

    title: str
    right: str
    lines: tuple[tuple[int | None, str], ...]
    """Line number, None for a line that has none, and text."""
    ran: int | None = None
    next: int | None = None
    made: Mapping[int, tuple[Value, ...]] = field(default_factory=dict)
    printed: str = ""
    """The last line the cell printed."""
    error: str = ""


def paint_source(data: SourceData, width: int, height: int, ascii: bool = False) -> list[Line]:
    """`height` lines of exactly `width` columns: a rule, the source around the line about to run, prints and errors."""
    foot: list[Line] = []
    if data.error:
        foot.append([(" " + data.error, "alarm")])
    elif data.printed:
        foot.append([(" prints: ", "quiet"), (data.printed, "text")])
    rows = max(height - 1 - len(foot), 1)
    focus = next((row for row in (data.next, data.ran) if row is not None), 0)
    if data.error and data.ran is not None:
        focus = data.ran
    first = _window(focus, rows, len(data.lines))
    shown = range(first, min(first + rows, len(data.lines)))
    digits = max((len(str(number)) for number, _ in data.lines if number is not None), default=1)
    most = max(int(width * _SHARE), 1)
    longest = max((cell_len(data.lines[row][1]) for row in shown if row in data.made), default=0)
    bare = digits + 3 + longest + 2 > most
    if bare:  # the code before its comments
        longest = max((cell_len(without_comment(data.lines[row][1])) for row in shown if row in data.made), default=0)
    code = min(digits + 3 + longest + 2, max(most, width - _VALUES))
    lines = [rule(plain(data.title) if ascii else data.title, data.right, width)]
    lines += [_row(data, row, digits, (code, width), bare, ascii) for row in shown]
    lines += [[] for _ in range(rows - len(shown))]
    lines += foot
    return glyphs([fit(line, width) for line in lines[:height]], ascii)


def _window(focus: int, rows: int, count: int) -> int:
    """The first row shown: the focus in the lower half of a page, so that what has run stays in view."""
    return max(0, min(focus - rows * 2 // 3, count - rows))


def without_comment(text: str) -> str:
    """A line of code without the comment at its end."""
    return text.partition("  #")[0]


def _row(data: SourceData, row: int, digits: int, widths: tuple[int, int], bare: bool, ascii: bool) -> Line:
    number, text = data.lines[row]
    (code, width), values = widths, data.made.get(row, ())
    text, code = (without_comment(text) if bare else text), (code if values else width)
    failed = bool(data.error) and row == data.ran
    here = row == data.next and not data.error
    mark = ("x" if ascii else "✗") if failed else "▸" if here else " "
    style = "alarm" if failed else "selected+row" if here else "text"
    label = f"{mark}{'' if number is None else number:>{digits}} "
    line = fit([(label, style if here or failed else "quiet"), (" " + text, style)], code, style)
    return [*line, *_values(values, width - width_of(line), "mover" if row == data.ran else "quiet", ascii)]


def _values(made: tuple[Value, ...], room: int, style: str, ascii: bool) -> Line:
    more = " ..." if ascii else " …"
    text = ""
    for at, value in enumerate(made):
        share = (room - cell_len(text)) // (len(made) - at)
        first = value.first or 0
        part = f"  {plain(value.name) if ascii else value.name}" + ("" if value.first is None else f"[{first}]")
        for index, each in enumerate(value.values[first:], first):
            label = f" '{value.labels[index]}'" if value.labels else ""
            shown = f"{label} {number(each, value.signed)}"
            last = index + 1 == value.size
            if cell_len(part) + cell_len(shown) + (0 if last else len(more)) > share:
                part += more if cell_len(part) + len(more) <= share else ""
                break
            part += shown
        text += part if cell_len(part) <= share else ""
    return [(text, style)] if text else []
