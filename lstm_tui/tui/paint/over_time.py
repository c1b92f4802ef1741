"""Values over time: every unit at the steps around the cursor as cells, or a plot a unit.

A cell's glyph says sign and size and its colour repeats them; the number under the cursor is written out.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from rich.cells import cell_len, set_cell_size

from lstm_tui.tui.paint.bars import cells, inverted, merge
from lstm_tui.tui.paint.plots import AXIS, HistoryData, history_columns, paint_history
from lstm_tui.tui.paint.runs import Line, fit, plain, short, width_of

MOST_COLUMNS = 6
"""Columns given to one step where there are few of them."""
SCALE_COLUMNS = 6
"""Columns at the end of a row for the scale it is on."""


@dataclass(frozen=True, eq=False)
class OverTimeData:
    """A stretch of steps: what was read, and the values of some units."""

    title: str
    symbol: str
    """The quantity's."""
    kind: str
    """`gate` or `signed`."""
    scales: tuple[float, ...]
    """What a full cell of each row stands for."""
    start: int
    """The first step, 1 or later."""
    labels: tuple[str, ...]
    """The character read at each step, as it may be shown."""
    values: tuple[tuple[float, ...], ...]
    """One row a unit shown, one value a step; NaN where there is none yet."""
    shown: tuple[int, ...]
    """The unit of each row."""
    units: int
    """Units of the layer."""
    unit: int
    """The selected one."""
    cursor: int
    description: str
    """The number under the cursor, in words."""
    breaks: frozenset[int] = frozenset()
    """Steps after which the text continues in a new line."""
    mono: bool = False
    track: tuple[float, ...] = ()
    """A track of the text, 0..1 at each step, to be shown beside a unit; empty where none is."""
    captions: tuple[str, ...] = ()
    """What is said of each row, where rows are not units."""
    solid: bool = False
    """Whether there are colours enough to say by them alone how large a value is."""


def scale_legend(data: OverTimeData, ascii: bool) -> Line:
    """`-2 ▄▁·▄█ +2`: what glyphs and colours mean, with numbers; rows on scales of their own say theirs at the end."""
    steps = 8 if data.solid else 4
    if data.kind == "gate":
        shares = [step / steps for step in range(steps + 1)]
        sampled = merge(cells(shares, data.kind, 1.0, ascii, data.mono, data.solid))
        return [("0 ", "quiet"), *sampled, (short(f" {data.scales[0]:g}"), "quiet")]
    shares = [step / steps * 2 - 1 for step in range(steps + 1)]
    sampled = merge(cells(shares, data.kind, 1.0, ascii, data.mono, data.solid))
    if len(set(data.scales)) > 1:
        return [("- ", "quiet"), *sampled, (f" +  each row's scale {'+-' if ascii else '±'} at its end", "quiet")]
    return [(short(f"-{data.scales[0]:g} "), "quiet"), *sampled, (short(f" +{data.scales[0]:g}"), "quiet")]


def _spelled_legend(data: OverTimeData) -> Line:
    """The legend in words, where digits and letters stand for heights: `.=0  1-8 eighths of 2  a-h of -2`."""
    several = len(set(data.scales)) > 1
    line: Line = [(".=0  ", "quiet"), ("1-8", "gate.8" if data.kind == "gate" else "positive.8")]
    whole = "the row's +-" if several else f"{data.scales[0]:g}"
    line.append((f" eighths of {whole}", "quiet"))
    if data.kind == "gate":
        return line
    return [
        *line,
        ("  ", "quiet"),
        ("a-h", "negative.8"),
        (" below 0" if several else f" of -{data.scales[0]:g}", "quiet"),
    ]


def headed(titles: Sequence[str], data: OverTimeData, width: int, ascii: bool) -> Line:
    """The rule above a view of cells: the first of `titles` that leaves room for a legend, in as many words as fit."""
    legend = scale_legend(data, ascii)
    brief = [run if run[1] != "quiet" else (run[0].partition("  ")[0], "quiet") for run in legend]
    legends = [*([_spelled_legend(data)] if ascii else []), legend, brief]
    for title in titles:
        for right in legends:
            if cell_len(title) + width_of(right) + 5 <= width:
                return titled(title, right, width, ascii)
    return titled(titles[-1], brief, width, ascii)


def titled(title: str, right: Line, width: int, ascii: bool) -> Line:
    """The rule above a view, the legend at its end."""
    dash = "-" if ascii else "─"
    left: Line = [(" ", "rule"), (plain(title) if ascii else title, "title"), (" ", "rule")]
    fill = width - 1 - width_of(left) - width_of(right) - 1
    if fill < 1:
        return fit(left, width, ascii=ascii)
    return fit([*left, (dash * fill + " ", "rule"), *right], width)


@dataclass(frozen=True)
class HeatPlan:
    """Where the cells of a heat map are."""

    gutter: int
    each: int
    """Columns a step."""
    rows: int
    """Units shown at most."""

    @classmethod
    def of(cls, units: int, steps: int, width: int, height: int) -> HeatPlan:
        """For a map of `width` × `height` with its title, the characters, and the line with the number."""
        each = cls.capacity(units, width) // max(steps, 1)
        return cls(_gutter(units), max(1, min(MOST_COLUMNS, each)), max(height - 3, 1))

    @staticmethod
    def capacity(units: int, width: int) -> int:
        """How many steps fit, a column each."""
        return max(width - _gutter(units) - SCALE_COLUMNS, 1)


def _gutter(units: int) -> int:
    return len(str(max(units - 1, 0))) + 2


def paint_heat(data: OverTimeData, width: int, height: int, ascii: bool = False) -> list[Line]:
    """Title, the characters, a line a unit, and below the cursor's column the number under it."""
    plan = HeatPlan.of(data.units, len(data.labels), width, height)
    part = f"{data.shown[0]} to {data.shown[-1]} of {data.units}" if len(data.shown) < data.units else ""
    titles = [f"{data.title}, {part} units", f"{data.symbol} over time, units {part}"] if part else [data.title]
    lines = [headed(titles, data, width, ascii)]
    lines.append(_characters(data, plan))
    for unit, row, scale in zip(data.shown[: plan.rows], data.values, data.scales, strict=False):
        lines.append(_unit_row(data, plan, unit, row, scale, ascii))
    lines = [*lines, *([] for _ in range(height - 1 - len(lines)))][: max(height - 1, 0)]
    lines.append(pointer(data, plan.gutter, plan.each, width, ascii))
    return [fit(line, width, ascii=ascii) for line in lines[:height]]


def heat_at(data: OverTimeData, width: int, height: int, x: int, y: int) -> tuple[int, int | None] | None:
    """The step and, on a unit's line, the unit drawn there."""
    plan = HeatPlan.of(data.units, len(data.labels), width, height)
    column = (x - plan.gutter) // plan.each
    if not 1 <= y < height or not 0 <= column < len(data.labels):
        return None
    inside = 0 <= (row := y - 2) < min(len(data.values), plan.rows)
    return data.start + column, data.shown[row] if inside else None


def _characters(data: OverTimeData, plan: HeatPlan) -> Line:
    return labelled(data.labels, data.start, data.cursor, plan.gutter, plan.each)


def labelled(labels: Sequence[str], start: int, cursor: int, gutter: int, each: int) -> Line:
    """A character a step, `each` columns wide; a star where it is wider."""
    line: Line = [(" " * gutter, "text")]
    for step, label in enumerate(labels, start):
        shown = label if cell_len(label) <= each else "*"
        style = "current" if step == cursor else "text" if step < cursor else "ahead"
        line.append((set_cell_size(shown, each), style))
    return merge(line)


def _unit_row(data: OverTimeData, plan: HeatPlan, unit: int, row: tuple[float, ...], scale: float, ascii: bool) -> Line:
    here = unit == data.unit
    mark = (">" if ascii else "▸") if here else " "
    label = f"{mark}{unit:>{plan.gutter - 2}} "
    drawn: Line = [(label, "selected+row" if here else "quiet")]
    shown = cells(row, data.kind, scale, ascii, data.mono, data.solid)
    gap = int(plan.each > 1)  # neighbours do not merge where there is room
    for step, (glyph, style) in enumerate(shown, data.start):
        if row[step - data.start] != row[step - data.start]:
            glyph, style = " ", "text"  # not known yet, which is not an alarm
        elif step == data.cursor and here:
            style = inverted(style)
        elif step == data.cursor or here:
            style += "+row"
        drawn.append((glyph * (plan.each - gap), style))
        if gap:
            drawn.append((" ", "text+row" if here or step == data.cursor else "text"))
    if data.kind == "signed" and len(set(data.scales)) > 1:
        drawn.append((short(f" {'+-' if ascii else '±'}{scale:g}"), "quiet"))
    return merge(drawn)


def pointer(
    data: OverTimeData,
    gutter: int,
    each: int,
    width: int,
    ascii: bool,
    span: tuple[int, int] | None = None,
    per: int = 1,
) -> Line:
    """The last line: the first and last step, and `▲step 12  c[3] +2.97` under the cursor; of all steps or a `span` of
    them, `per` steps a column."""
    text = [" "] * width
    first, last = span or (data.start, data.start + len(data.labels) - 1)

    def put(label: str, at: int) -> None:
        size = cell_len(label)
        at = max(0, min(at, width - size - 1))
        if all(ch == " " for ch in text[max(at - 1, 0) : at + size + 1]):
            text[at : at + size] = [label, *[""] * (size - 1)]

    description = plain(data.description) if ascii else data.description
    if first <= data.cursor <= last:
        put(f"{'^' if ascii else '▲'}{description}", gutter + (data.cursor - first) // per * each)
    else:
        put(description, gutter)
    put(str(first), gutter)
    put(str(last), gutter + (last - first) // per * each)
    return [("".join(text), "number")]


# A plot a unit


LEAST = {"gate": 7, "signed": 9}
"""Lines of a plot that still shows more than high and low: rule and step numbers take two of them."""


def plots(kind: str, height: int) -> int:
    """How many plots stand one above another."""
    return max(1, height // LEAST[kind])


def paint_lines(data: OverTimeData, width: int, height: int, ascii: bool = False) -> list[Line]:
    """Each unit's values in a plot of its own, one above another."""
    each = height // max(len(data.values), 1)
    lines: list[Line] = []
    for unit, row, scale in zip(data.shown, data.values, data.scales, strict=True):
        known = [value for value in row if value == value]
        gone = next((at for at, value in enumerate(row) if value == value), len(row))
        mark = ("> " if ascii else "▸ ") if unit == data.unit and len(data.shown) > 1 else ""
        symbol = plain(data.symbol) if ascii else data.symbol
        plot = HistoryData(
            f"{mark}{symbol}[{unit}] over time", data.kind, tuple(known), data.start + gone, data.cursor, scale
        )
        lines += paint_history(plot, width, each, ascii)
    return [*lines, *([(" " * width, "text")] for _ in range(height - len(lines)))]


def line_at(data: OverTimeData, width: int, height: int, x: int, y: int) -> tuple[int, int] | None:
    """The step and the unit of the column drawn there."""
    each = history_columns(len(data.labels), width)
    column, row = (x - AXIS) // each, y // max(height // max(len(data.shown), 1), 1)
    if x < AXIS or column >= len(data.labels) or row >= len(data.shown):
        return None
    return data.start + column, data.shown[row]
