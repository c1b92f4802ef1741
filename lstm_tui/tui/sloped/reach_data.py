"""What the view of a gradient's reach shows: its sizes and the forget gates' product, back from where it starts."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING

from lstm_tui.core.questions.gradient_reach import GradientSize, half_life
from lstm_tui.core.step import Vector, step_name
from lstm_tui.core.vocabulary import visible
from lstm_tui.tui.paint.over_time import OverTimeData
from lstm_tui.tui.sloped.slope_frame import objectives
from lstm_tui.tui.system.characters import narrow

if TYPE_CHECKING:
    from lstm_tui.core.questions.objective import Objective
    from lstm_tui.debugger.door import DebuggerDoor
    from lstm_tui.tui.selection import Selection

LOWEST = 12
"""Decades below its start that a size is drawn at."""


def differentiated(debugger: DebuggerDoor, selection: Selection) -> Objective | None:
    """What `d` shows derivatives of, else the loss here; None where there is neither."""
    return selection.slope or next(iter(objectives(debugger.step, bool(debugger.about.classes))), None)


def stretch_back(debugger: DebuggerDoor, selection: Selection, capacity: int) -> tuple[int, int]:
    """The steps start..stop-1 that fit, the last of them where the gradient starts."""
    objective = differentiated(debugger, selection)
    last = debugger.position if objective is None or objective.t is None else objective.t + 1
    return max(1, last - capacity + 1), last + 1


def reach_data(debugger: DebuggerDoor, selection: Selection, start: int, stop: int) -> OverTimeData:
    """Of each step ‖δh‖, ‖δc‖ and the product of forget gates as powers of ten, divided by where they start."""
    objective, unit = differentiated(debugger, selection), selection.unit
    sizes = debugger.questions.reach(objective, start) if objective is not None else ()
    named = [("‖δh‖", [size.h for size in sizes])]
    if sizes and sizes[0].c is not None:
        named.append(("‖δc‖", [size.c or 0.0 for size in sizes]))
    if sizes and sizes[0].kept is not None:
        named.append(("Πf, the forget gates alone", [size.kept or 0.0 for size in sizes]))
    rows = tuple(_decades(values, stop - start) for _, values in named)
    known = [value for row in rows for value in row if math.isfinite(value)]
    low, high = min([-1.0, *map(math.floor, known)]), max([0.0, *map(math.ceil, known)])
    what = "nothing" if objective is None else objective.words(debugger.about.vocabulary)
    symbols = debugger.symbols[start - 1 : stop - 1]
    return OverTimeData(
        title=f"how far back ∂ {what} reaches",
        symbol="",
        kind="signed",
        scales=(low, high),
        start=start,
        labels=tuple(map(narrow, symbols)),
        values=rows,
        shown=tuple(range(len(rows))),
        units=len(rows),
        unit=unit,
        cursor=debugger.position,
        description=_told(debugger, sizes),
        captions=tuple(f"{name}   {_halves(values)}" for name, values in named),
    )


def _decades(values: Sequence[float], steps: int) -> Vector:
    """log₁₀ of each by the first, in the order of the text; NaN where the pass did not go, and of zero -∞."""
    first = next((value for value in values if value > 0), 1.0)
    found = [max(math.log10(value / first), -LOWEST) if value > 0 else -math.inf for value in values]
    return (*[math.nan] * (steps - len(found)), *reversed(found))


def _halves(values: Sequence[float]) -> str:
    life = half_life(values)
    if life is None:
        return ""
    if not abs(life) < 1e6:
        return "stays as it is"
    return f"{'halves' if life > 0 else 'doubles'} in {abs(life):.2g} step{'' if abs(life) == 1 else 's'}"


def _told(debugger: DebuggerDoor, sizes: Sequence[GradientSize]) -> str:
    """The numbers at the cursor, as they are."""
    here = next((size for size in sizes if size.position == debugger.position), None)
    start = f"{step_name(debugger.position)}  '{visible(debugger.step.char or '')}'"
    if here is None:
        return f"{start}  nothing to differentiate" if not sizes else f"{start}  not reached"
    parts = [f"‖δh‖ {here.h:.2g}"] + ([] if here.c is None else [f"‖δc‖ {here.c:.2g}"])
    parts += [] if here.kept is None else [f"Πf {here.kept:.2g}"]
    back = sizes[0].position - here.position
    return "  ".join([start, f"{back} back" if back else "its start", *parts])
