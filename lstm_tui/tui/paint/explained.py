"""One unit explained: its equations, their pre-activations split into contributions, and who wrote its cell.

What is printed adds up on paper: see `sums`.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

from rich.cells import cell_len

from lstm_tui.core.sums import hundredths, on_paper, shares, signed
from lstm_tui.tui.paint.bars import level
from lstm_tui.tui.paint.equations import EquationLine, equation_lines, in_words, styled
from lstm_tui.tui.paint.plots import rule
from lstm_tui.tui.paint.runs import Line, fit, number

SIDE_BY_SIDE = 110
"""Columns from which the list of writers is beside the equations."""
WRITERS = 30


@dataclass(frozen=True, eq=False)
class Account:
    """What a cell holds as a sum."""

    total: float
    writes: tuple[tuple[str, int, float], ...]
    """(label of the character, step, amount), the largest first."""
    rest: float
    complete: bool = False
    """Whether `writes` are all there are, so that the rest is rounding and nothing older."""
    memory: str = "c"
    """The symbol of what holds it."""
    keep: str = "f"
    """What keeps it from step to step."""


@dataclass(frozen=True, eq=False)
class ExplainedData:
    """Everything the pane shows."""

    title: str
    equations: tuple[EquationLine, ...] = ()
    words: str = ""
    """Where there is no equation: why."""
    account: Account | None = None
    habits: tuple[tuple[str, float, float], ...] = ()
    """(gate, share of steps under 0.1, share over 0.9)."""
    habit_steps: int = 0
    half_life: float | None = None


def paint_explained(data: ExplainedData, width: int, height: int, ascii: bool = False) -> list[Line]:
    """`height` lines of exactly `width` columns: what does not fit is left out from the least important on."""

    data = replace(data, equations=in_words(data.equations, ascii))

    def cut(line: Line, columns: int) -> Line:
        return fit(styled(line, ascii), columns, ascii=ascii)

    if width < SIDE_BY_SIDE:
        return [cut(line, width) for line in _one_above_the_other(data, width, height)]
    left = width - WRITERS
    habits = _habits(data, left)
    equations = _equations(data, left, height - 1 - len(habits))
    spare = height - 1 - len(habits) - len(equations)
    column = _stack([rule(data.title, "", left), *equations, *([[]] if spare > 0 else []), *habits], height)
    writers = _stack(_writers(data, WRITERS - 1, height, 1), height)
    return [[*cut(a, left), *cut(b, WRITERS - 1), (" ", "text")] for a, b in zip(column, writers, strict=True)]


def _one_above_the_other(data: ExplainedData, width: int, height: int) -> list[Line]:
    habits = _habits(data, width)
    room = height - 1 - len(habits)
    equations = _equations(data, width, room - (3 if data.account is not None else 0))
    writers = _writers(data, width, room - len(equations), max(width // 26, 1))
    lines = [rule(data.title, "", width), *equations, *writers]
    if height <= len(habits):
        return _stack(lines, height)
    return [*_stack(lines, height - len(habits)), *habits]


def _stack(lines: list[Line], height: int) -> list[Line]:
    return [*lines, *([] for _ in range(height - len(lines)))][: max(height, 0)]


def _equations(data: ExplainedData, width: int, height: int) -> list[Line]:
    if not data.equations:
        return [[(" " + data.words, "quiet")]] if data.words else []
    return equation_lines(data.equations, width, height, even=data.account is not None)


def entries(account: Account, count: int) -> list[tuple[str, str, int]]:
    """At most `count` (label, step, hundredths), the largest first and the rest last: they add up to the total as it
    prints. What prints as nothing is part of the rest. None at all where there is nothing to be added on paper."""
    if not on_paper((account.total, *(amount for *_, amount in account.writes))):
        return []
    worth = [write for write in account.writes if hundredths(write[2])]
    whole = account.complete and len(worth) == len(account.writes)
    if len(worth) + (not whole) > count:
        worth, whole = worth[: max(count - 1, 0)], False
    amounts = [amount for *_, amount in worth]
    older = [] if whole and worth else [account.total - math.fsum(amounts)]
    rounded = shares((*amounts, *older), account.total)
    if rounded is None:
        return []
    shown = [(f"'{at}'", f"step {step}", part) for (at, step, _), part in zip(worth, rounded, strict=False) if part]
    if not shown or (older and rounded[-1]):
        shown.append(("older", "", rounded[-1]))
    return shown


def _writers(data: ExplainedData, width: int, height: int, columns: int) -> list[Line]:
    """The rule with the total, and the writers down the columns."""
    account = data.account
    if account is None or height < 2:
        return []
    total = number(account.total, True)
    title = f"{account.memory} = {total} written by{'' if columns == 1 else ' (amounts, not causes)'}"
    lines = [rule(title, "", width)]
    rows = height - 1
    if columns == 1 and rows > 2:
        lines.append([(" (amounts, not causes)", "quiet")])
        rows -= 1
    shown_parts = entries(account, rows * columns)
    if not shown_parts:
        return [*lines, [(" no terms to add up", "quiet")]]
    rows = min(rows, max(-(-len(shown_parts) // columns), 1))
    each = width // columns
    largest = max((abs(part) for *_, part in shown_parts), default=0)
    for row in range(rows):
        line: Line = []
        for label, step, part in shown_parts[row::rows]:
            line += fit(_entry(label, step, part, largest), each)
        lines.append(line)
    return lines


def _entry(label: str, step: str, part: int, largest: int) -> Line:
    style = ("negative." if part < 0 else "positive.") + str(level(part / max(largest, 1)))
    pad = " " * max(1, 18 - cell_len(label) - len(step) - 2)
    return [(f" {label} ", "data:number"), (step + pad, "quiet"), (signed(part), style)]


def _habits(data: ExplainedData, width: int) -> list[Line]:
    """How the gates spent their time, and how long the cell lasts; on one line where both fit."""
    shares = [f"{gate} {low:.0%} under 0.1, {high:.0%} over 0.9" for gate, low, high in data.habits]
    habits_line = f" {data.habit_steps} steps: " + "   ".join(shares) if shares else ""
    if cell_len(habits_line) > width:
        shares = [f"{gate} {low:.0%}<0.1, {high:.0%}>0.9" for gate, low, high in data.habits]
        habits_line = f" {data.habit_steps} steps: " + "  ".join(shares)
    if cell_len(habits_line) > width:
        shares = [f"{gate} {low:.0%}|{high:.0%}" for gate, low, high in data.habits]
        habits_line = f" {data.habit_steps} steps <0.1|>0.9: " + "  ".join(shares)
    of = data.account or Account(0.0, (), 0.0)
    rate = "" if of.keep == "1" else f" at this {of.keep},"
    life = "" if data.half_life is None else f"{rate} {of.memory} {half_life(data.half_life)}"
    return [[(text, "quiet")] for text in (life, habits_line) if text]


def half_life(steps: float) -> str:
    """`halves in 12.5 steps`; a gate at exactly 1 keeps."""
    if math.isinf(steps):
        return "does not fade"
    if steps >= 1e6:
        return f"halves in {steps:.0e} steps".replace("e+0", "e").replace("e+", "e")
    return f"halves in {steps:,.0f} steps" if steps >= 100 else f"halves in {steps:.1f} steps"
