"""The one-line rows: the title, the text with its marks, the guess, the status."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from rich.cells import cell_len

from lstm_tui.tui.paint.bars import gate_bar, level
from lstm_tui.tui.paint.runs import Line, fit, number, spread, width_of

SLOT = 3
"""Columns of one symbol in the text row: the symbol and its brackets."""


@dataclass(frozen=True)
class Slot:
    """One symbol of the text row and where it is."""

    position: int
    label: str
    wrong: bool
    x: int
    width: int


@dataclass(frozen=True, eq=False)
class TextData:
    """What the text row shows: (position, label, wrong) a symbol, and the position of the current one."""

    symbols: tuple[tuple[int, str, bool], ...]
    current: int | None


def text_window(position: int, length: int, capacity: int) -> tuple[int, int]:
    """Which positions (start, stop) of 1..length to show so that `position` is in view.

    The window moves by half its size at a time, so that the text stands still on most steps.
    """
    capacity = max(capacity, 1)
    if length <= capacity:
        return 1, length + 1
    stride = max(capacity // 2, 1)
    start = (max(position, 1) - 1) // stride * stride - capacity // 4 + 1
    start = max(1, min(start, length - capacity + 1))
    return start, min(start + capacity, length + 1)


def text_slots(data: TextData, width: int) -> list[Slot]:
    """The slots of the page that the current symbol is on.

    A slot is three columns, four where a symbol shown takes two; a longer label gets a slot of its own size.
    """
    sizes = [max(cell_len(label), 1) for _, label, _ in data.symbols]
    usual = SLOT + 1 if 2 in sizes else SLOT
    widths = [max(size + 2, usual) for size in sizes]
    first = used = 0
    for at, size in enumerate(widths):
        if at and data.symbols[at - 1][0] == data.current:
            break
        if used + size > width and data.current is not None:
            first, used = at, 0  # whole pages, so that the text stands still on most steps
        used += size
    slots: list[Slot] = []
    x = 0
    for (position, label, wrong), size in zip(data.symbols[first:], widths[first:], strict=True):
        if x + size > width:
            break
        slots.append(Slot(position, label, wrong, x, size))
        x += size
    return slots


def paint_text(data: TextData, width: int) -> Line:
    """The text, the current symbol in brackets, wrongly guessed ones underlined."""
    line: Line = []
    for slot in text_slots(data, width):
        pad = " " * (slot.width - 2 - cell_len(slot.label))
        if slot.position == data.current:
            style = "current+wrong" if slot.wrong else "current"
            line += [("[", "current"), (slot.label, style), ("]" + pad, "current" if not pad else "text")]
            continue
        ahead = data.current is not None and slot.position > data.current
        style = "ahead" if ahead else "text"
        if slot.wrong:
            line += [(" ", style), (slot.label, style + "+wrong"), (" " + pad, style)]
        else:
            line.append((f" {slot.label} {pad}", style))
    return fit(_joined(line), width)


def _joined(line: Line) -> Line:
    joined: Line = []
    for text, style in line:
        # What terminals measure differently stays a run of its own: the next one is put in its place again.
        if joined and joined[-1][1] == style and text.isascii() and joined[-1][0].isascii():
            joined[-1] = (joined[-1][0] + text, style)
        else:
            joined.append((text, style))
    return joined


@dataclass(frozen=True, eq=False)
class GuessData:
    """The prediction: (label, probability) best first, which of them is true, and the true one for when none is."""

    top: tuple[tuple[str, float], ...]
    true: int | None
    """Index into `top` of the true next symbol."""
    target: tuple[str, float] | None
    """The true next symbol; None after the last character."""
    words: str = ""
    """Shown instead of a guess, where there is none."""


def paint_guess(data: GuessData, width: int, ascii: bool = False) -> Line:
    """`guess 'l' ██████████ 1.00 ✓  'o' ▏ 0.00`: each guess in a slot of its own, so that nothing jumps."""
    head: Line = [("guess ", "title")]
    if not data.top:
        return fit([*head, (data.words or ("-" if ascii else "–"), "quiet")], width)
    end = "" if data.target else " no target"
    room = width - len("guess ") - len(end)
    count = max(1, min(len(data.top), room // 17))
    shown = [(label, p, _mark(data, at, ascii)) for at, (label, p) in enumerate(data.top[:count])]
    if data.target is not None and (data.true is None or data.true >= count):
        shown[max(count - 1, 1) :] = [(*data.target, "*" if ascii else "✓")]
        count = len(shown)
    slot = room // count
    line = head
    for label, p, mark in shown:
        line += _guess(label, p, mark, slot, ascii)
    return spread(line, [(end, "quiet")] if end else [], width)


def _mark(data: GuessData, at: int, ascii: bool) -> str:
    if data.target is None:
        return " "
    if at == data.true:
        return "*" if ascii else "✓"
    return ("x" if ascii else "✗") if at == 0 else " "


def _guess(label: str, p: float, mark: str, slot: int, ascii: bool) -> Line:
    name = f"'{label}' "
    bar = slot - cell_len(name) - len(" 0.00 ✓  ")
    style = "mover" if mark in "✓*" else "number"
    drawn = gate_bar(p, bar, ascii) if bar >= 2 else []
    tail = f" {number(p, False, 4):>4} {mark}" if drawn else f"{number(p, False, 4):>4} {mark}"
    return fit([(name, style), *drawn, (tail, style)], slot)


@dataclass(frozen=True, eq=False)
class StatusData:
    """The status row: what is said, and the probability of the truth at the right edge."""

    words: str
    """Where in the text we are; or what is waited for."""
    message: str = ""
    p: float | None = None
    right: bool = False
    """Whether the top guess was the true one."""
    known: bool = False
    """Whether there is a `p` at all; False leaves the right edge empty."""


def paint_status(data: StatusData, width: int, ascii: bool = False) -> Line:
    """`step 2/5  reading 'e'  next 'l'` … `p 1.00 ✓`. A message comes first where both have no room."""
    right: Line = []
    if data.known and data.p is not None:
        mark = ("*" if ascii else "✓") if data.right else ("x" if ascii else "✗")
        right = [(f"p {number(data.p, False, 4)} {mark} ", f"gate.{level(data.p)}")]
    elif data.known:
        right = [("p " + ("-" if ascii else "–") + "      ", "quiet")]
    words = data.words
    if not data.message:
        return spread([(words, "status")], right, width)
    message: Line = [(data.message, "message")]
    for start in (words, words.split("  ")[0], ""):
        left: Line = [(start + "  ", "status"), *message] if start else message
        for end in (right, []):
            if width_of(left) + width_of(end) + 1 <= width:
                return spread(left, end, width)
    return fit(message, width)


def paint_title(name: str, facts: Sequence[str], end: str, width: int, ascii: bool = False) -> Line:
    """` hello  by-hand · 8 units · trained 200 epochs`; the last facts go where there is no room, the name never."""
    dot = " - " if ascii else " · "
    left: Line = [(" " + name, "title")]
    right: Line = [(end + " ", "title")] if end else []
    for count in range(len(facts), 0, -1):
        line = [*left, ("  " + dot.join(facts[:count]), "text")]
        if width_of(line) + width_of(right) + 1 <= width or count == 1:
            return spread(line, right, width)
    return spread(left, right, width)
