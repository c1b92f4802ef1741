"""A unit's equations: the symbols, the numbers in their places, and what the pre-activations are the sums of."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from rich.cells import cell_len

from lstm_tui.core.sums import hundredths, on_paper, shares, signed
from lstm_tui.tui.paint.plots import rule
from lstm_tui.tui.paint.runs import Line, fit, plain, width_of

DECIMALS = 4
PRIMES = "c', h': the step before"
PARTS = "    ("
"""What separates a result from what it is the sum of."""
ONE_ROW = 24
"""Columns from which addends stand to the right of their equation."""

Addend = tuple[str, float, float | None]
"""(name, value, what the weight was multiplied by)."""


@dataclass(frozen=True)
class EquationLine:
    """One equation: with numbers, without, and its pre-activation's addends: summed up, then the largest first."""

    text: str
    symbols: str = ""
    sums: tuple[Addend, ...] = ()
    terms: tuple[Addend, ...] = ()
    sign: int = 0
    """Of the result: 1 or -1; 0 for a gate."""


def paint_equations(
    title: str, equations: tuple[EquationLine, ...], words: str, width: int, height: int, ascii: bool = False
) -> list[Line]:
    """The rule, then the equations with as many of their addends as fit; `words` where there are none."""
    primed = any("'" in equation.symbols for equation in equations)
    lines = [rule(title, PRIMES if primed and width >= cell_len(title + PRIMES) + 9 else "", width)]
    lines += equation_lines(equations, width, height - 1) if equations else [[(" " + words, "quiet")]]
    lines = [*lines, *([] for _ in range(height - len(lines)))][:height]
    return [fit(as_told(line, ascii), width, ascii=ascii) for line in lines]


def as_told(line: Line, ascii: bool) -> Line:
    """Our words in ASCII where that is asked for; names of characters (`data:…`) keep what they are."""
    return [
        (plain(text) if ascii and not style.startswith("data:") else text, style.removeprefix("data:"))
        for text, style in line
    ]


def equation_lines(equations: Sequence[EquationLine], width: int, height: int) -> list[Line]:
    """An equation a line, symbols before numbers; addends in lines of their own below, or to the right, or nowhere."""
    summed = sum(bool(equation.sums) for equation in equations)
    below = min((height - len(equations)) // summed, 6) if summed else 0
    column = max(cell_len(equation.symbols) for equation in equations) + 1
    numbers = [equation.text.partition(" ")[2] if equation.symbols else equation.text for equation in equations]
    widths = [1 + column + cell_len(number.partition(PARTS)[0]) for number in numbers]
    aligned = max(widths) <= width
    gates = max((w for e, w in zip(equations, widths, strict=True) if e.sums), default=0) + 2
    lines: list[Line] = []
    for equation, number in zip(equations, numbers, strict=True):
        symbols = equation.symbols.ljust(column + len(equation.symbols) - cell_len(equation.symbols))
        start = symbols if aligned else f"{equation.symbols} "
        line = _fitting((f" {start}", number), (" ", equation.text), equation.sign, width)
        if equation.sums and below < 1 and aligned and width - gates >= ONE_ROW:
            line = [*fit(line, gates), *next(addend_lines(equation, width - gates - 1, 1), [])]
        lines.append(line)
        if equation.sums and below > 0:
            lines += [[("   ", "quiet"), *line] for line in addend_lines(equation, width - 4, below)]
    return lines


def _fitting(first: tuple[str, str], second: tuple[str, str], sign: int, width: int) -> Line:
    """Symbols and numbers; without the parts of the result, and then without the symbols, where all has no room."""
    for start, text in (first, (first[0], first[1].partition(PARTS)[0]), second):
        line = [(start, "text"), *_result(text, sign)]
        if width_of(line) <= width:
            return line
    return [(second[0], "text"), *_result(second[1].partition(PARTS)[0], sign)]


def _result(text: str, sign: int) -> Line:
    """The text with its result in the colour of its sign."""
    text, gap, parts = text.partition(PARTS)
    start, equals, result = text.rpartition("= ")
    style = "positive.8" if sign > 0 else "negative.8" if sign < 0 else "mover"
    return [(start + equals, "number"), (result, style), (gap + parts, "quiet")]


def addend_lines(equation: EquationLine, room: int, rows: int) -> Iterator[Line]:
    """`+0.0040 = x 'l' +0.1020, h' +0.5720, bias -0.6700`, then the largest addends, weight × value."""
    words: list[Line] = [*_sums(equation.sums)]
    words += [_addend(addend) for addend in equation.terms if addend[2] is not None and addend[1]]
    line: Line = []
    for at, word in enumerate(words):
        more = 3 if at < len(words) - 1 and rows == 1 else 0
        if line and width_of(line) + 3 + width_of(word) + more > room:
            if rows == 1:
                yield [*line, ("   …", "quiet")] if width_of(line) + 4 <= room else line
                return
            yield line
            line, rows = [], rows - 1
        line = [*line, ("   ", "quiet"), *word] if line else word
    if line:
        yield line


def _sums(sums: Sequence[Addend]) -> Iterator[Line]:
    """Printed so that they add up."""
    values = [value for _, value, _ in sums]
    total = math.fsum(values) if math.isfinite(sum(values)) else sum(values)
    rounded = shares(values, total, DECIMALS) if on_paper((*values, total)) else None
    if rounded is None:
        yield [(f"{total:+.4g} in all", "quiet")]
        return
    line: Line = [(f"{signed(hundredths(total, DECIMALS), DECIMALS)} = ", "quiet")]
    for at, ((name, _, _), part) in enumerate(zip(sums, rounded, strict=True)):
        line += [(", " if at else "", "quiet"), (f"{name} ", "data:quiet"), (signed(part, DECIMALS), "number")]
    yield line


def _addend(addend: Addend) -> Line:
    name, value, factor = addend
    return [(f"{name} ", "data:quiet"), (f"{value / factor:z.4f}×{factor:z.4f}" if factor else "", "number")]
