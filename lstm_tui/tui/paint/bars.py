"""One value as a bar or as a single cell: its length or height says the size, its side or texture the sign."""

from __future__ import annotations

import math
from collections.abc import Sequence
from functools import lru_cache
from math import isfinite

from lstm_tui.tui.paint.runs import Line

LEVELS = 8
"""Steps of every value ramp, 0..8: three ramps of nine colours stay below the 33 a terminal line can afford."""

_RISING = "·▁▂▃▄▅▆▇▇"  # gates and positive values stand on the ground, and leave a line to the row above
_HANGING = "·▇▆▅▄▃▂▁▁"  # reversed: negative values hang from the ceiling (braille would do, but many fonts lack it)
_DIGITS = ".12345678"  # without colour a hanging bar and the standing one above it would be one: minus is a digit
_LETTERS = ".abcdefgh"  # in ASCII plus is a digit and minus a letter
_BEYOND = ("▲", "▼", "^", "v")  # outside the scale, above and below; the same in ASCII


def level(share: float) -> int:
    """Where |share| of the full scale is on the ramp, 0..8; 0 for what is not a number."""
    share = abs(share)
    return int(share * LEVELS + 0.5) if share < 1 else (LEVELS if share >= 1 else 0)


def _halves(share: float, cells: int) -> int:
    """Halves of a cell that |share| fills; what would print as 0.01 or more is never invisible."""
    filled = round(min(share, 1.0) * cells * 2)
    return filled if filled or share < 0.005 or not cells else 1


def gate_bar(value: float, width: int, ascii: bool = False, band: str = "") -> Line:
    """A value in 0..1 as a thin line from the left edge of a dotted track, `width` columns in all.

    It is lighter than what is carried on (c and h), however far it reaches. `band` ends every style name.
    """
    if not math.isfinite(value):
        return [(("-" if ascii else "·") * width, "track" + band)]
    whole, part = divmod(_halves(max(value, 0.0), width), 2)
    bar = "=" * (whole + part) if ascii else "━" * whole + "╸" * part
    return _runs((bar, f"gate.{level(value)}{band}"), (("-" if ascii else "·") * (width - len(bar)), "track" + band))


def signed_bar(
    value: float, scale: float, width: int, before: float | None = None, ascii: bool = False, band: str = ""
) -> Line:
    """A value in -scale..scale from a centre line, with the tick of the value before, `width` columns in all.

    It is half as high as its row, so that neighbours do not merge. A value outside the scale ends in an arrowhead.
    """
    if width < 1:
        return []
    half = (width - 1) // 2
    blank = "axis" + band
    share = value / scale if math.isfinite(value) else 0.0
    sign = "negative" if share < 0 else "positive"
    style = f"{sign}.{level(share)}{band}"
    drawn: Line = [(" ", blank)] * width
    drawn[half] = ("│", blank)
    step = -1 if share < 0 else 1
    whole, part = divmod(_halves(abs(share), half), 2)
    for at in range(1, whole + 1):
        drawn[half + step * at] = ("#" if ascii else WRITTEN, style)
    if part:
        drawn[half + step * (whole + 1)] = ("#" if ascii else "▖" if step > 0 else "▗", style)
    if abs(share) > 1.0005 and half:
        head = ("<" if ascii else "◀") if step < 0 else (">" if ascii else "▶")
        drawn[half + step * half] = (head, style)
    if before is not None and math.isfinite(before) and half:
        at = half + round(max(-1.0, min(1.0, before / scale)) * half)
        glyph, _ = drawn[at]
        if glyph == " " or (glyph in (WRITTEN, "#") and at != half + step * whole):
            drawn[at] = ("╎", "tick" + band)
    return merge(drawn)


KEPT, WRITTEN, GONE = "▇▄▁"
"""What was kept, what was written beside it, and what the writing took away: heights, because hue is sign."""
_PLAIN_INKS = ("#", "=", ".")


def parted_bar(
    value: float,
    kept: float,
    scale: float,
    width: int,
    before: float | None = None,
    ascii: bool = False,
    band: str = "",
) -> Line:
    """`signed_bar` in two inks: from the centre line what was kept, then what was written, which may take it away."""
    bar = signed_bar(value, scale, width, before, ascii, band)
    half = (width - 1) // 2
    if not (isfinite(value) and isfinite(kept)) or half < 1:
        return bar
    drawn = [(glyph, style) for text, style in bar for glyph in text]
    thick, written, gone = _PLAIN_INKS if ascii else (KEPT, WRITTEN, GONE)
    full = "#" if ascii else WRITTEN
    side = 1 if kept >= 0 else -1
    reach = round(min(abs(kept) / scale, 1.0) * half)
    same = value * kept > 0
    lost = f"{'positive' if side > 0 else 'negative'}.{level(kept / scale)}{band}"
    for at in range(1, half + 1):
        here, there = half + side * at, half - side * at
        if at <= reach:
            if drawn[here][0] == " ":
                drawn[here] = (gone, lost)
            elif same and drawn[here][0] == full:
                drawn[here] = (thick, drawn[here][1])
        elif same and drawn[here][0] == full:
            drawn[here] = (written, drawn[here][1])
        if not same and drawn[there][0] == full:
            drawn[there] = (written, drawn[there][1])
    return merge(drawn)


def cells(
    values: Sequence[float],
    kind: str,
    scale: float = 1.0,
    ascii: bool = False,
    mono: bool = False,
    solid: bool = False,
) -> list[tuple[str, str]]:
    """Each value as one cell: (glyph, style name). Gates and + stand on the ground, - hangs from the ceiling.

    Without colour (`mono`) minus is a digit; in ASCII plus is a digit and minus a letter. `solid` cells are full, on
    one scale of colours from the one hue over a neutral tone to the other.
    """
    table = _solid(kind) if solid and not ascii and not mono else _cells(kind, ascii, mono)
    grain = LEVELS / scale
    return [
        table[round(value * grain)] if -scale <= value <= scale else _beyond(value, table)  # NaN is never inside
        for value in values
    ]


def _beyond(value: float, table: list[tuple[str, str]]) -> tuple[str, str]:
    """Outside the scale a cell is full; what is not a finite number says so."""
    if not isfinite(value):
        return "?", "alarm"
    sign = 0 if value > 0 else 1
    return _BEYOND[sign + (2 if table[1][0].isdigit() else 0)], table[-LEVELS if sign else LEVELS][1].split("+")[0]


@lru_cache
def _cells(kind: str, ascii: bool, mono: bool) -> list[tuple[str, str]]:
    """(glyph, style name) by level: 0..8, then -8..-1 where Python's negative indices find them."""
    rising = _DIGITS if ascii else _RISING[:-1] + "█" if mono else _RISING
    name = "gate" if kind == "gate" else "positive"
    table = [(rising[size], f"{name}.{size}") for size in range(LEVELS + 1)]
    if kind != "gate":
        table[0] = (rising[0], "axis")  # next to nothing has no sign
    if kind == "gate":
        return [*table, *[table[0]] * LEVELS]
    glyph, end = (_LETTERS, "") if ascii else (_DIGITS, "") if mono else (_HANGING, "+reverse")
    return [*table, *((glyph[size], f"negative.{size}{end}") for size in range(LEVELS, 0, -1))]


@lru_cache
def _solid(kind: str) -> list[tuple[str, str]]:
    """Seven eighths high, so that a line stays free between rows."""
    if kind == "gate":
        return [*((KEPT, f"shade.{size}") for size in range(LEVELS + 1)), *[(KEPT, "shade.0")] * LEVELS]
    return [
        *((KEPT, f"plus.{size}") for size in range(LEVELS + 1)),
        *((KEPT, f"minus.{size}") for size in range(LEVELS, 0, -1)),
    ]


def inverted(style: str) -> str:
    """The style with glyph and ground swapped once more."""
    return style.replace("+reverse", "") if "+reverse" in style else style + "+reverse"


def _runs(*runs: tuple[str, str]) -> Line:
    return [run for run in runs if run[0]]


def legend(ascii: bool = False, mono: bool = False) -> list[tuple[str, str]]:
    """How signed cells look from the lowest value to the highest, between a minus and a plus."""
    return [("-", "quiet"), *cells((-1.0, -0.5, 0.0, 0.5, 1.0), "signed", 1.0, ascii, mono), ("+", "quiet")]


def merge(line_of_cells: Line) -> Line:
    """Neighbours of one style as one run: every change of style costs a sequence on the wire."""
    line: Line = []
    text, style = "", ""
    for glyph, name in line_of_cells:
        if name == style:
            text += glyph
            continue
        if text:
            line.append((text, style))
        text, style = glyph, name
    if text:
        line.append((text, style))
    return line
