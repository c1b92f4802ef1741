"""What a user's own cell computes, as the debugger lists it: with the steps of the text that is open."""

from __future__ import annotations

from collections.abc import Iterator

from lstm_tui.core.user_cell import CheckReport
from lstm_tui.engine.judging.judge import Judged, quoted, read
from lstm_tui.engine.rollout import Rollout
from lstm_tui.engine.user_cells.cell import Pasted

_STEPS, _MANY_UNITS = 8, 64
"""Steps among which the one is looked for that shows a finding best; with many units only the first."""


def own_verdict(reading: Rollout) -> CheckReport | None:
    """Its equations and findings; None for a cell of ours, and for a class that could not be read."""
    cell = reading.model.cells[0]
    if not isinstance(cell, Pasted) or cell.verdict is None:
        return None
    return quoted(cell.verdict.report, _steps(reading, cell))


def _steps(reading: Rollout, cell: Pasted) -> Iterator[tuple[int, Judged]]:
    last = min(len(reading), _STEPS if cell.hidden_size <= _MANY_UNITS else 1)
    for position in range(1, last + 1):
        x = reading.model.inputs(reading.indices[position - 1 : position])
        yield position, read(cell.recorded(x, reading.timeline.at(position).before[0]), cell.plan.names)
