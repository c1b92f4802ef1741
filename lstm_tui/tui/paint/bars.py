"""One value as a bar or as a single cell: its length or height says the size, its side or texture the sign."""

from __future__ import annotations

import math
from collections.abc import Sequence
from functools import lru_cache
from math import isfinite

from lstm_tui.tui.paint.runs import Line

LEVELS = 8
"""Steps of every value ramp, 0..8: three ramps of nine colours stay below the 33 a terminal line can afford."""

_LEFT = " ▏▎▍▌▋▊▉█"  # n eighths of a cell, from its left edge
_RISING = "·▁▂▃▄▅▆▇█"  # gates and positive values stand on the ground
_HANGING = "·▇▆▅▄▃▂▁ "  # reversed: negative values hang from the ceiling (braille would do, but many fonts lack it)
_DIGITS = ".12345678"  # without colour a hanging bar and the standing one above it would be one: minus is a digit
_LETTERS = ".abcdefgh"  # in ASCII plus is a digit and minus a letter


def level(share: float) -> int:
    """Where |share| of the full scale is on the ramp, 0..8; 0 for what is not a number."""
    share = abs(share)
    return int(share * LEVELS + 0.5) if share < 1 else (LEVELS if share >= 1 else 0)


def _eighths(share: float, cells: int) -> int:
    """Eighths of a cell that |share| fills; what would print as 0.01 or more is never invisible."""
    filled = round(min(share, 1.0) * cells * 8)
    return filled if filled or share < 0.005 or not cells else 1


def gate_bar(value: float, width: int, ascii: bool = False, band: str = "") -> Line:
    """A value in 0..1 from the left edge of a dotted track, `width` columns in all. `band` ends every style name."""
    if not math.isfinite(value):
        return [(("-" if ascii else "·") * width, "track" + band)]
    filled = _eighths(max(value, 0.0), width)
    whole, part = divmod(filled, 8)
    if ascii:
        bar = "#" * (whole + (part >= 4))
        return _runs((bar, f"gate.{level(value)}{band}"), ("-" * (width - len(bar)), "track" + band))
    bar = "█" * whole + (_LEFT[part] if part else "")
    return _runs((bar, f"gate.{level(value)}{band}"), ("·" * (width - len(bar)), "track" + band))


def signed_bar(
    value: float, scale: float, width: int, before: float | None = None, ascii: bool = False, band: str = ""
) -> Line:
    """A value in -scale..scale from a centre line, with the tick of the value before, `width` columns in all.

    A value outside the scale ends in an arrowhead.
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
    whole, part = divmod(_eighths(abs(share), half), 8)
    if ascii:
        whole, part = whole + (part >= 4), 0
    for at in range(1, whole + 1):
        drawn[half + step * at] = ("#" if ascii else "█", style)
    if part:
        # No block grows from a cell's right edge: the left block that leaves the rest, reversed, does.
        drawn[half + step * (whole + 1)] = (_LEFT[part], style) if step > 0 else (_LEFT[8 - part], style + "+reverse")
    if abs(share) > 1.0005 and half:
        head = ("<" if ascii else "◀") if step < 0 else (">" if ascii else "▶")
        drawn[half + step * half] = (head, style)
    if before is not None and math.isfinite(before) and half:
        at = half + round(max(-1.0, min(1.0, before / scale)) * half)
        glyph, ground = drawn[at]
        if glyph == " ":
            drawn[at] = ("╎", "tick" + band)
        elif glyph in "█#" and at != half + step * whole:
            drawn[at] = ("╎", ground + "+reverse")
    return merge(drawn)


INKS = ("█", "▓", "░")
"""What was kept, what was written beside it, and what the writing took away: textures, because hue is sign."""
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
    full, written, gone = _PLAIN_INKS if ascii else INKS
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
            drawn[here] = (written, drawn[here][1])
        if not same and drawn[there][0] == full:
            drawn[there] = (written, drawn[there][1])
    return merge(drawn)


def cells(
    values: Sequence[float], kind: str, scale: float = 1.0, ascii: bool = False, mono: bool = False
) -> list[tuple[str, str]]:
    """Each value as one cell: (glyph, style name). Gates and + stand on the ground, - hangs from the ceiling.

    Without colour (`mono`) minus is a digit; in ASCII plus is a digit and minus a letter.
    """
    table = _cells(kind, ascii, mono)
    grain = LEVELS / scale
    return [
        table[round(value * grain)] if -scale <= value <= scale else _beyond(value, table)  # NaN is never inside
        for value in values
    ]


def _beyond(value: float, table: list[tuple[str, str]]) -> tuple[str, str]:
    """Outside the scale a cell is full; what is not a finite number says so."""
    if not isfinite(value):
        return "?", "alarm"
    return table[LEVELS if value > 0 else -LEVELS]


@lru_cache
def _cells(kind: str, ascii: bool, mono: bool) -> list[tuple[str, str]]:
    """(glyph, style name) by level: 0..8, then -8..-1 where Python's negative indices find them."""
    rising = _DIGITS if ascii else _RISING
    name = "gate" if kind == "gate" else "positive"
    table = [(rising[size], f"{name}.{size}") for size in range(LEVELS + 1)]
    if kind == "gate":
        return [*table, *[table[0]] * LEVELS]
    glyph, end = (_LETTERS, "") if ascii else (_DIGITS, "") if mono else (_HANGING, "+reverse")
    return [*table, *((glyph[size], f"negative.{size}{end}") for size in range(LEVELS, 0, -1))]


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
