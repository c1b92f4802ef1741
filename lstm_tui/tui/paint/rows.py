"""The one-line rows: the title, the text with its marks, the guess, the status."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

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
    dense: bool = False
    """Whether a symbol has the columns it takes and no more: where the text is wider than the screen."""
    from_right: bool = False
    """Whether the first symbol stands at the right edge, and the next to the left of it."""


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
    widths = (
        [size if size <= 2 else size + 2 for size in sizes] if data.dense else [max(size + 2, usual) for size in sizes]
    )
    first = used = 0
    for at, size in enumerate(widths):
        if at and data.symbols[at - 1][0] == data.current:
            break
        if used + size > width - data.dense and data.current:
            first, used = at, 0  # whole pages, so that the text stands still on most steps
        used += size
    slots: list[Slot] = []
    x = 1 if data.dense else 0
    for (position, label, wrong), size in zip(data.symbols[first:], widths[first:], strict=True):
        if x + size > width:
            break
        slots.append(Slot(position, label, wrong, x, size))
        x += size
    if data.from_right:
        return [replace(slot, x=width - slot.x - slot.width) for slot in reversed(slots)]
    return slots


def paint_text(data: TextData, width: int) -> Line:
    """The text, the current symbol in brackets, wrongly guessed ones underlined."""
    line: Line = []
    if data.dense:
        return _dense(data, width)
    slots = text_slots(data, width)
    if data.from_right and slots:
        line.append((" " * slots[0].x, "text"))
    for slot in slots:
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


def _dense(data: TextData, width: int) -> Line:
    """A column a character, two for one that is wide; one that has a name instead stands between blanks."""
    slots = text_slots(data, width)
    line: Line = [(" " * (slots[0].x if slots else 1), "text")]
    for slot in slots:
        here = slot.position == data.current
        style = "current" if here else "ahead" if data.current is not None and slot.position > data.current else "text"
        gap = " " if slot.width > cell_len(slot.label) + 1 else ""
        line.append((f"{gap}{slot.label}{gap}", style + "+wrong" * slot.wrong))
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
    fixed: bool = False
    """Whether `top` is in the vocabulary's order, every symbol in a place of its own."""
    first: int = 0
    """Index into `top` of the best guess."""
    unjudged: str = " no target"
    """What stands at the end where nothing is known to be true."""


FIXED = 8
"""Symbols of a vocabulary that all keep their places in the guess row."""
LEAST_SLOT = 8
"""Columns of a guess without a bar: `'l'1.00✓`."""


def paint_guess(data: GuessData, width: int, ascii: bool = False) -> Line:
    """`guess 'l' ██████████ 1.00 ✓  'o' ▏ 0.00`: each guess in a slot of its own, so that nothing jumps."""
    head: Line = [(" guess ", "title")]
    if not data.top:
        return fit([*head, (data.words or ("-" if ascii else "–"), "quiet")], width)
    end = "" if data.target else data.unjudged
    if data.fixed and not _all_fit(data, width - width_of(head) - len(end)):
        data = _likeliest_first(data)
    if data.fixed:
        head.append((f"'{data.top[data.first][0]}'  ", "mover"))
    room = width - width_of(head) - len(end) - bool(end)
    count = max(1, min(len(data.top), room // (LEAST_SLOT if data.fixed else 17)))
    shown = [(label, p, _mark(data, at, ascii)) for at, (label, p) in enumerate(data.top[:count])]
    if data.target is not None and (data.true is None or data.true >= count):
        shown[max(count - 1, 1) :] = [(*data.target, "*" if ascii else "✓")]
        count = len(shown)
    slot = room // count
    tight = slot < LEAST_SLOT + 4
    longest = max(cell_len(label) for label, _, _ in shown) + 2
    bar = slot - longest - len("  0.00 ✓  ")  # as long for every guess, or they could not be compared
    line = head
    for label, p, mark in shown:
        line += _guess(label, p, mark, slot, longest, bar, tight, ascii)
    return spread(line, [(end, "quiet")] if end else [], width)


def _all_fit(data: GuessData, room: int) -> bool:
    """Whether every name has a slot of its own beside the best guess, with its number; single characters need none."""
    longest = max(cell_len(label) for label, _ in data.top)
    return longest < 2 or len(data.top) * (longest + LEAST_SLOT - 1) + longest + 4 <= room


def _likeliest_first(data: GuessData) -> GuessData:
    """Names too long for places of their own: as where there are too many."""
    order = sorted(range(len(data.top)), key=lambda at: -data.top[at][1])
    true = None if data.true is None else order.index(data.true)
    return replace(data, top=tuple(data.top[at] for at in order), true=true, fixed=False, first=0)


def _mark(data: GuessData, at: int, ascii: bool) -> str:
    if data.target is None:
        return " "
    if at == data.true:
        return "*" if ascii else "✓"
    return ("x" if ascii else "✗") if at == data.first else " "


def _guess(label: str, p: float, mark: str, slot: int, longest: int, bar: int, tight: bool, ascii: bool) -> Line:
    """`'l' ━━━━ 1.00 ✓`; where a name is too long for its slot it is cut, never its number."""
    style = "mover" if mark in "✓*" else "number"
    drawn = gate_bar(p, bar, ascii) if bar >= 2 else []
    tail = f"{' ' if drawn else ''}{number(p, False, 4):>4}{'' if tight else ' '}{mark}"
    name = [(f"'{label}'", style)]
    room = slot - cell_len(tail) - (not tight)
    if drawn:
        name = fit(name, longest, style)
    elif cell_len(label) + 2 > room:
        name = fit(name, room, style, ascii)
    return fit([*name, ("" if tight else " ", style), *drawn, (tail, style)], slot)


@dataclass(frozen=True, eq=False)
class StatusData:
    """The status row: the message, and the probability of the target at the right edge."""

    words: str
    """Where in the text we are; or what is waited for."""
    message: str = ""
    symbol: str = ""
    """The true next one."""
    p: float | None = None
    loss: float | None = None
    right: bool = False
    """Whether the top guess was the true one."""
    known: bool = False
    """Whether there is a `p` at all; False leaves the right edge empty."""
    numbers: bool = False
    """Whether rows of numbers are read: then there is a loss and no `p`."""


def paint_status(data: StatusData, width: int, ascii: bool = False) -> Line:
    """`step 2/5  reading 'e'  next 'l'` … `p('l') 1.00 ✓  loss 0.00`. A message comes first where both have no room."""
    ends = _truth(data, ascii)
    words, message = data.words, data.message
    starts = (words, words.split("  ")[0], "") if message else (words,)
    for start in starts:
        content: Line = (
            [(f" {start}", "status"), ("  " + message, "message")]
            if start and message
            else ([(f" {start}", "status")] if start else [(f" {message}", "message")])
        )
        for end in (*ends, []):
            if width_of(content) + width_of(end) + 1 <= width:
                return spread(content, end, width)
    return fit([(f" {message or words}", "message" if message else "status")], width, ascii=ascii)


def _truth(data: StatusData, ascii: bool) -> tuple[Line, ...]:
    """The probability of the truth and its loss, and the same in fewer words."""
    if not data.known:
        return ([],)
    if data.numbers and data.loss is not None:  # there is no chance of being just right
        value = (number(data.loss, False, 4) + " ", "number")
        return [("loss, scaled ", "quiet"), value], [("loss ", "quiet"), value]
    if data.p is None:
        return ([("p " + ("-" if ascii else "–") + " ", "quiet")],)
    mark = ("*" if ascii else "✓") if data.right else ("x" if ascii else "✗")
    style = f"gate.{level(data.p)}"
    chance: Line = [
        ("p('", "quiet"),
        (data.symbol, style),
        ("') ", "quiet"),
        (f"{number(data.p, False, 4)} {mark} ", style),
    ]
    loss: Line = [] if data.loss is None else [(" loss ", "quiet"), (number(data.loss, False) + " ", style)]
    return [*chance, *loss], chance


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
