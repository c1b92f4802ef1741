"""What a model of numbers reads, says and should have said, in one line each."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from lstm_tui.tui.paint.runs import Line, fit, spread, width_of

_GLYPHS, _DIGITS = "▁▂▃▄▅▆▇█", "0123456789"


def level_glyph(level: float, ascii: bool = False) -> str:
    """A column as high as `level`, 0..1; a digit with `ascii`."""
    marks = _DIGITS if ascii else _GLYPHS
    return marks[min(len(marks) - 1, max(0, int(level * len(marks))))]


@dataclass(frozen=True, eq=False)
class TargetsData:
    """For each target its name, what the model says of the next row, and what it is (None after the last one)."""

    targets: tuple[tuple[str, float, float | None], ...]


def paint_targets(data: TargetsData, width: int, ascii: bool = False) -> Line:
    """` guess temp 14.8401  true 14.6900  off +0.1501`, as many targets as there is room for."""
    line: Line = [(" guess ", "title")]
    end = " no target" if any(true is None for _, _, true in data.targets) else ""
    for count, (name, guess, true) in enumerate(data.targets):
        part: Line = [(f"{name} ", "quiet"), (short(guess), "mover")]
        if true is not None:
            part += [("  true ", "quiet"), (short(true), "number"), ("  off ", "quiet")]
            style = "number" if guess == true else "positive.8" if guess > true else "negative.8"
            part += [(f"{guess - true:+.4g}", style)]
        left = len(data.targets) - count - 1
        more: Line = [(f"  and {left} more", "quiet")] if left else []
        if count and width_of(line) + width_of(part) + width_of(more) + len(end) + 5 > width:
            line.append((f"  and {left + 1} more", "quiet"))
            break
        line += [("   ", "quiet"), *part] if count else part
    return spread(fit(line, min(width_of(line), width - len(end)), ascii=ascii), [(end, "quiet")] if end else [], width)


def row_words(channels: Sequence[tuple[str, float, float]], room: int) -> str:
    """`temp 13.54 (+0.20)  rain 9.4 (+1.03)`: each channel raw, and as the model reads it where that is something else;
    as many as there is room for."""
    words = ""
    for at, (name, raw, scaled) in enumerate(channels):
        read = "" if abs(raw - scaled) <= 1e-6 * abs(raw) else f" ({scaled:+.2f})"
        part, left = f"{name} {short(raw)}{read}", len(channels) - at - 1
        more = f"  +{left}" if left else ""
        if words and len(words) + 2 + len(part) + len(more) > room:
            return f"{words}  +{left + 1}"
        words = f"{words}  {part}" if words else part
    return words


def short(value: float) -> str:
    """Six digits at most that mean something."""
    return f"{value:.6g}".replace("nan", "NaN").replace("inf", "Inf")
