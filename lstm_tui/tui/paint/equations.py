"""A unit's equations: the symbols, the numbers in their places, and what the pre-activations are the sums of."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import product

from rich.cells import cell_len

from lstm_tui.core.sums import hundredths, on_paper, shares, signed
from lstm_tui.tui.paint.plots import rule
from lstm_tui.tui.paint.runs import Line, fit, plain, width_of

DECIMALS = 4
PRIMED = re.compile(r"\b[a-z]'")
"""A state of the step before."""
PARTS = "    ("
"""What separates a result from what it is the sum of."""
MOST_ROWS = 6
"""Of an equation's addends."""
ONE_ROW = 24
"""Columns from which addends stand to the right of their equation."""
USUAL = 48
"""Columns of numbers that there must be room for before equations are aligned: then they are at every step."""
GATE = 26
"""The same of a gate: `= tanh(-10.8166) = -0.9929`."""

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
    summed: str = ""
    """What the sums make, where it has a name."""


def paint_equations(
    title: str, equations: tuple[EquationLine, ...], words: str, width: int, height: int, ascii: bool = False
) -> list[Line]:
    """The rule, then the equations with as many of their addends as fit; `words` where there are none."""
    primed = sorted({name for equation in equations for name in PRIMED.findall(equation.symbols)})
    explained = f"{', '.join(primed)}: the step before"
    equations = in_words(equations, ascii)
    lines = [rule(title, explained if primed and width >= cell_len(title + explained) + 9 else "", width)]
    lines += equation_lines(equations, width, height - 1) if equations else [[(" " + words, "quiet")]]
    lines = [*lines, *([] for _ in range(height - len(lines)))][:height]
    return [fit(styled(line, ascii), width, ascii=ascii) for line in lines]


def in_words(equations: Sequence[EquationLine], ascii: bool) -> tuple[EquationLine, ...]:
    """In ASCII where that is asked for, before anything is aligned: `sigma` is longer than what it stands for."""
    if not ascii:
        return tuple(equations)
    return tuple(
        replace(each, text=plain(each.text), symbols=plain(each.symbols), summed=plain(each.summed))
        for each in equations
    )


def styled(line: Line, ascii: bool) -> Line:
    """Our words in ASCII where that is asked for; names of characters (`data:…`) keep what they are."""
    return [
        (plain(text) if ascii and not style.startswith("data:") else text, style.removeprefix("data:"))
        for text, style in line
    ]


def equation_lines(equations: Sequence[EquationLine], width: int, height: int, even: bool = False) -> list[Line]:
    """An equation a line, symbols before numbers; addends in lines of their own below, or to the right, or nowhere.
    Where there are fewer lines than equations the last ones, which are short, stand two in a line. With `even` all have
    as many lines of addends."""
    paired = max(len(equations) - height, 0)
    if 0 < paired <= len(equations) // 2:
        single = len(equations) - 2 * paired
        rest = equations[single:]
        pairs = [_pair(one, other, width) for one, other in zip(rest[::2], rest[1::2], strict=True)]
        return [*equation_lines(equations[:single], width, single), *pairs] if single else pairs
    summed = sum(bool(equation.sums) for equation in equations)
    below, more = divmod(max(height - len(equations), 0), summed) if summed else (0, 0)
    more = 0 if even else more
    column, aligned, gates = _columns(equations, width)
    lines: list[Line] = []
    for equation in equations:
        symbols = equation.symbols.ljust(column + len(equation.symbols) - cell_len(equation.symbols))
        start = symbols if aligned else f"{equation.symbols} "
        line = _fitting((f" {start}", _numbers(equation)), (" ", equation.text), equation.sign, width)
        if equation.sums and below < 1 and aligned and width - gates >= ONE_ROW:
            line = [*fit(line, gates), *next(addend_lines(equation, width - gates - 1, 1), [])]
        lines.append(line)
        if equation.sums and below > 0:
            addends = list(addend_lines(equation, width - 4, min(below + (more > 0), MOST_ROWS)))
            more -= len(addends) > below
            lines += [[("   ", "quiet"), *line] for line in addends]
    return lines


def _pair(one: EquationLine, other: EquationLine, width: int) -> Line:
    """Two equations in a line: without the symbols of one, or of both, where all has no room."""
    ways = [
        [
            _two_styles(f" {each.symbols} " if each.symbols else " ", _numbers(each), each.sign),
            _two_styles(" ", each.text, each.sign),
        ]
        for each in (one, other)
    ]
    fitting = (pair for pair in product(*ways) if width_of(pair[0]) + width_of(pair[1]) + 1 <= width)
    left, right = next(fitting, (ways[0][1], ways[1][1]))
    room = max(width_of(left) + 1, min(width // 2, width - width_of(right)))
    return [*fit(left, room), *right]


def _two_styles(start: str, text: str, sign: int) -> Line:
    return [(start, "text"), *_result(text.partition(PARTS)[0], sign)]


def _columns(equations: Sequence[EquationLine], width: int) -> tuple[int, bool, int]:
    """Columns of the longest symbols, whether numbers begin behind them in every line, and where what is summed up
    begins to the right of a gate. The same at every step but for numbers longer than usual."""
    column = max(cell_len(equation.symbols) for equation in equations) + 1
    widths = [cell_len(_numbers(equation).partition(PARTS)[0]) for equation in equations]
    gates = max((each for e, each in zip(equations, widths, strict=True) if e.sums), default=0)
    aligned = column > 1 and 1 + column + max(*widths, USUAL) <= width
    return column, aligned, 1 + column + max(gates, GATE) + 2


def _numbers(equation: EquationLine) -> str:
    return equation.text.partition(" ")[2] if equation.symbols else equation.text


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
    words: list[Line] = [*_sums(equation)]
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


def _sums(equation: EquationLine) -> Iterator[Line]:
    """Printed so that they add up."""
    sums, named = equation.sums, f"{equation.summed} = " if equation.summed else ""
    values = [value for _, value, _ in sums]
    total = math.fsum(values) if math.isfinite(sum(values)) else sum(values)
    rounded = shares(values, total, DECIMALS) if on_paper((*values, total)) else None
    if rounded is None:
        yield [(f"{named}{total:+.4g} in all", "quiet")]
        return
    line: Line = [(f"{named}{signed(hundredths(total, DECIMALS), DECIMALS)} = ", "quiet")]
    for at, ((name, _, _), part) in enumerate(zip(sums, rounded, strict=True)):
        line += [(", " if at else "", "quiet"), (f"{name} ", "data:quiet"), (signed(part, DECIMALS), "number")]
    yield line


def _addend(addend: Addend) -> Line:
    name, value, factor = addend
    return [(f"{name} ", "data:quiet"), (f"{value / factor:z.4f}×{factor:z.4f}" if factor else "", "number")]
