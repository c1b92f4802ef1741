"""A trace as a table for people: a block a step, a row a quantity, a column a unit, two decimals.

Rendered to plain strings, so that where they are written, and what happens when that fails, is decided in one place.
"""

from __future__ import annotations

import io
import math
from collections.abc import Iterable, Iterator, Sequence
from typing import Literal

from rich.console import Console
from rich.table import Table
from rich.text import Text

from lstm_tui.core.kinds import KINDS
from lstm_tui.core.quantities import Quantity
from lstm_tui.core.questions.excerpt import WHOLE, Excerpt
from lstm_tui.core.step import About, LayerStep, NumberRow, Step, Vector, loss_words
from lstm_tui.core.vocabulary import visible

Color = Literal["standard", "256", "truecolor"]
"""Rich's names."""

_KNOWN: dict[str, Quantity] = {q.name: q for kind in KINDS.values() for q in kind.quantities}
_SIDE = 18
"""Columns for what a step read, knew and guessed."""
_NAME = 3
_VALUE = 7
_SIGNED = {True: "#aa6418", False: "#2a76c8"}
"""Hue means sign and nothing else; these two keep a contrast of 4.5 on black and on white alike."""


def table(
    about: About,
    length: int,
    steps: Iterable[Step],
    width: int,
    color: Color | None,
    excerpt: Excerpt = WHOLE,
    interventions: Sequence[str] = (),
) -> Iterator[str]:
    """Blocks of lines: a heading, then a block a step.

    `width` columns are used (a step with more units than fit continues below); `color` is a Rich colour system, None
    for none. `length` is the whole text's; `excerpt` says which numbers the steps hold.
    """
    out = io.StringIO()
    console = Console(file=out, width=width, color_system=color, force_terminal=color is not None)
    columns = max(1, (width - _SIDE - _NAME - 2) // _VALUE)
    yield heading(about, length) + "\n"
    yield from (f"clamped: {visible(text)}\n" for text in interventions)
    for step in steps:
        for block in _blocks(about, step, columns, about.hidden_sizes, excerpt):
            console.print(block)
        yield out.getvalue() + "\n"
        out.seek(0)
        out.truncate()


def terminal_look() -> tuple[int, Color | None]:
    """How wide standard output is, in columns, and which colours it takes; 80 and none where it is not a terminal."""
    console = Console()
    if console.no_color:
        return console.width, None
    match console.color_system:
        case "standard" | "256" | "truecolor" as color:
            return console.width, color
    return console.width, None


def fixed(value: float, signed: bool, decimals: int = 2) -> str:
    """A value as the screen prints it: `0.97` for a gate, `+0.97` for a signed one."""
    shown = f"{value:+.{decimals}f}" if signed and not math.isnan(value) else f"{value:.{decimals}f}"
    return shown.replace("inf", "Inf").replace("nan", "NaN")


def heading(about: About, length: int) -> str:
    """Which model reads how much."""
    sizes = " + ".join(map(str, about.hidden_sizes))
    units = "unit" if about.hidden_sizes == (1,) else "units"
    return f"{visible(about.name)} · {visible(about.cell)} · {sizes} {units} · {length} steps"


def _blocks(about: About, step: Step, columns: int, sizes: Sequence[int], excerpt: Excerpt) -> Iterator[Table]:
    """A table for each run of units that fits beside the side column, which only the first one fills."""
    side = _side_of_row(about, step, step.row) if step.row is not None else _side(step, bool(about.classes))
    for layer in step.layers:
        if len(sizes) > 1:
            side.append(f"layer {layer.index + 1}/{len(sizes)} (l{layer.index})")
        units = excerpt.units_of(sizes[layer.index]) if layer.values else ()
        for start in range(0, max(len(units), 1), columns):
            yield _block(layer, units[start : start + columns], start, side)
            side = []


def _block(layer: LayerStep, units: Sequence[int], start: int, side: list[str]) -> Table:
    """The columns of `units`, whose values begin at `start` in the layer's vectors."""
    grid = Table.grid(padding=(0, 1, 0, 0))
    grid.add_column(width=_SIDE, no_wrap=True)
    grid.add_column(width=_NAME, no_wrap=True)
    for _ in units:
        grid.add_column(width=_VALUE - 1, no_wrap=True, justify="right")
    rows: list[list[Text]] = [[Text(), *(Text(str(unit), "bold") for unit in units)]]
    rows.extend(_values(name, vector[start : start + len(units)]) for name, vector in layer.values.items())
    for index in range(max(len(rows), len(side))):
        words = Text(side[index] if index < len(side) else "", "bold" if index == 0 else "")
        grid.add_row(words, *(rows[index] if index < len(rows) else ()))
    return grid


def _values(name: str, vector: Vector) -> list[Text]:
    quantity = _KNOWN.get(name)
    signed = quantity is None or quantity.kind == "signed"
    cells = [Text(visible(quantity.symbol if quantity else name))]
    for value in vector:
        style = _SIGNED[value > 0] if signed and abs(value) >= 0.005 else ""
        cells.append(Text(fixed(value, signed), style))
    return cells


def _side(step: Step, classifies: bool) -> list[str]:
    """What the step read, what comes next, and what the model makes of it: a line each, none too long for `_SIDE`."""
    lines = [_names(step), f"reads {_symbol(step.char)}"]
    if not classifies:
        lines.append("no target" if step.target is None else f"next {_symbol(step.target)}")
    return lines + _guess(step, classifies)


def _guess(step: Step, classifies: bool) -> list[str]:
    """What the model makes of it: the probability of the truth, and the best guess."""
    lines = [f"label {_symbol(step.target)}"[:_SIDE]] if classifies and step.target is not None else []
    prediction = step.prediction
    if prediction is None:
        return lines
    if prediction.target is not None and prediction.loss is not None:
        lines += [
            f"p({'label' if classifies else 'next'}) {fixed(prediction.target.p, False, 4)}",
            f"loss {loss_words(prediction.loss)}",
        ]
    if prediction.top:
        best = prediction.top[0]
        mark = "" if prediction.target is None else " ✗" if prediction.wrong else " ✓"
        lines += [f"guess {_symbol(best.symbol)}"[: _SIDE - len(mark)] + mark, f"p(guess) {fixed(best.p, False, 4)}"]
    return lines


def _side_of_row(about: About, step: Step, row: NumberRow) -> list[str]:
    """The row read, what the model says of the next one, and what that is: a line each."""
    lines = [_names(step)] + ([] if row.time is None else [visible(row.time)[:_SIDE]])
    lines += [
        f"x[{visible(name)}] {value:.6g}"[:_SIDE] for name, value in zip(about.channels, row.x or (), strict=True)
    ]
    if about.classes:
        return lines + _guess(step, True)
    if row.target is None:
        lines.append("no target")
    else:
        lines += [f"next {visible(n)} {v:.6g}"[:_SIDE] for n, v in zip(about.targets, row.target, strict=True)]
    if row.output is not None:
        lines += [f"says {visible(n)} {v:.6g}"[:_SIDE] for n, v in zip(about.targets, row.output, strict=True)]
    if step.prediction is not None and step.prediction.loss is not None:
        lines.append(f"loss {step.prediction.loss:.4f}")
    return lines


def _names(step: Step) -> str:
    """Both its numbers, in as many words as there is room for."""
    named = (f"step {step.position} (t = {step.t})", f"step {step.position} t {step.t}", f"t {step.t}")
    return next(words for words in named if len(words) <= _SIDE or words is named[-1])


def _symbol(symbol: str | None) -> str:
    return "–" if symbol is None else f"'{visible(symbol)}'"
