"""Runs of styled text: the only thing painting hands out, and the few operations on it."""

from __future__ import annotations

import math
from collections.abc import Iterable

from rich.cells import cell_len, set_cell_size

Run = tuple[str, str]
"""(text, style name)."""
Line = list[Run]
"""One line of a widget, left to right."""

_ASCII = str.maketrans(
    {
        "∂": "d",
        "‖": "|",
        "Δ": "d",
        "δ": "d",
        "ᵀ": "'",
        "─": "-",
        "│": "|",
        "╎": ":",
        "·": ".",
        "▸": ">",
        "▲": "^",
        "▼": "v",
        "–": "-",
        "█": "#",
        "…": "~",
        "┤": "+",
        "↑": "^",
        "↓": "v",
    }
)


def width_of(line: Iterable[Run]) -> int:
    """How many terminal columns the line takes."""
    texts = [text for text, _ in line]
    whole = "".join(texts)
    # One look at the whole is enough where every character takes one column: nearly always, and many times faster.
    return len(whole) if cell_len(whole) == len(whole) else sum(map(cell_len, texts))


def text_of(line: Iterable[Run]) -> str:
    """The line without its styles."""
    return "".join(text for text, _ in line)


def plain(text: str) -> str:
    """Our own words in ASCII, for `--ascii`. Not for data: what a model read must not be shown as something else."""
    text = text.replace("c\u0303", "c~").replace("±", "+-").replace("…", "...").replace("σ", "sigma")
    return text.replace("Σ ", "sum ").replace("×", "*").translate(_ASCII)


def glyphs(lines: list[Line], ascii: bool) -> list[Line]:
    """`lines` with our drawing characters replaced by ASCII ones of the same width where `ascii` asks for it."""
    if not ascii:
        return lines
    return [[(text.translate(_ASCII), style) for text, style in line] for line in lines]


def fit(line: Line, width: int, style: str = "text", ascii: bool = False) -> Line:
    """The line cut or padded to exactly `width` columns; a cut is shown by an ellipsis, in ASCII by a tilde."""
    used = width_of(line)
    if used == width:
        return line
    if used < width:
        return [*line, (" " * (width - used), style)]
    return _cut(line, width, "~" if ascii else "…")


def _cut(line: Line, width: int, mark: str) -> Line:
    if width <= 0:
        return []
    shown: Line = []
    left = width - 1
    for text, style in line:
        size = cell_len(text)
        if size <= left:
            shown.append((text, style))
            left -= size
            continue
        # set_cell_size pads with a space where a two-column character would be cut in half
        shown.append((set_cell_size(text, left) + mark, style))
        break
    return shown


def spread(left: Line, right: Line, width: int, style: str = "text") -> Line:
    """`left` at the left edge and `right` at the right edge; where both do not fit, `right` is left out."""
    room = width - width_of(left) - width_of(right)
    if room < 1 or not right:
        return fit(left, width, style)
    return [*left, (" " * room, style), *right]


def wrap(text: str, width: int) -> list[str]:
    """`text` broken at spaces into lines of at most `width` columns; a longer word is cut."""
    lines: list[str] = []
    for word in text.split():
        if lines and cell_len(lines[-1]) + 1 + cell_len(word) <= width:
            lines[-1] += " " + word
        else:
            lines.append(word if cell_len(word) <= width else set_cell_size(word, max(width, 0)))
    return lines


def number(value: float, signed: bool, width: int = 6) -> str:
    """The number as it is beside its bar: two decimals, fewer only where they do not fit `width`.

    Not finite values are words: `nan`, `+inf`, `-inf`. A value that rounds to zero carries no minus.
    """
    if not math.isfinite(value):
        return "nan" if math.isnan(value) else f"{value:+f}"
    sign = "+" if signed else ""
    for decimals in (2, 1, 0):
        text = f"{value:{sign}.{decimals}f}"
        if len(text) <= width:
            return text.replace("-", "+" if signed else "") if float(text) == 0 else text
    return f"{value:{sign}.0e}".replace("e+0", "e").replace("e+", "e")


FINE = 0.1
"""Scales below it have numbers with as many digits as there is room for: two decimals would say little."""


def on_scale(value: float, signed: bool, scale: float, width: int = 6) -> str:
    """`number` beside a bar whose full length stands for `scale`."""
    if scale >= FINE or not math.isfinite(value) or value == 0:
        return number(value, signed, width)
    texts = [short(f"{value:{'+' if signed else ''}.{digits}g}") for digits in (3, 2, 1)]
    return next((text for text in texts if len(text) <= width), texts[-1])


def short(text: str) -> str:
    """A number in scientific notation without what says nothing: `2e-5`."""
    return text.replace("e-0", "e-").replace("e+0", "e").replace("e+", "e")


def moved(value: float, before: float) -> int:
    """1 or -1 where the value moved by as much as its two decimals can show, else 0."""
    if not (math.isfinite(value) and math.isfinite(before)) or abs(value - before) < 0.005:
        return 0
    return 1 if value > before else -1
