"""What a step of a user's cell shows: the first value that is no number, and what goes in and is not used.

Whether its equations are the textbook's is judged once, by what it computes (`engine.judging`).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import torch
from torch import Tensor

from lstm_tui.core.step import step_name
from lstm_tui.engine.blocks import StepTensors
from lstm_tui.engine.cells.base import Cell
from lstm_tui.engine.network import Network
from lstm_tui.engine.user_cells.cell import Pasted
from lstm_tui.engine.user_cells.making import probe
from lstm_tui.engine.user_cells.plan import call


@dataclass(frozen=True, eq=False)
class Problem:
    """Something that does not hold at one step."""

    quantity: str
    unit: int
    what: str


def step_problem(cell: Cell, values: Mapping[str, Tensor], before: Mapping[str, Tensor], x: Tensor) -> Problem | None:
    """The first thing wrong with what the cell computed at one step, in the order in which it is computed.

    `values` may lack what has not been computed yet. `before` are the states of the step before, x (1, D).
    """
    if not isinstance(cell, Pasted):
        return None
    return next(_problems(cell, values, before, x), None)


def _problems(cell: Pasted, values: Mapping[str, Tensor], before: Mapping[str, Tensor], x: Tensor) -> Iterator[Problem]:
    for quantity in cell.quantities:
        name, value = quantity.name, values.get(quantity.name)
        if value is None:
            continue
        bad = (~value.isfinite()).flatten().nonzero()
        if len(bad):
            unit = int(bad[0])
            yield Problem(name, unit, f"{quantity.symbol} is {float(value[0, unit])}, which is not a finite number")
            return  # whatever is computed from it is none either


# The sentences


def moment_problem(model: Network, position: int, moment: StepTensors) -> str | None:
    """The first thing wrong at `position` as a sentence that names the step, the unit and both values."""
    if position == 0 or moment.edited or not issubclass(model.cell_type, Pasted):
        return None
    for layer, (cell, values) in enumerate(zip(model.cells, moment.layers, strict=True)):
        before = dict(zip(cell.states, moment.before[layer], strict=True))
        problem = step_problem(cell, values, before, moment.inputs[layer])
        if problem is not None:
            return sentence(problem, position, layer, len(model.cells))
    return None


def sentence(problem: Problem, position: int, layer: int, layers: int) -> str:
    """`step 2 (t = 1), unit 3: c differs from the textbook's f·c' + i·c̃: …`."""
    where = f", layer {layer + 1} (l{layer})" if layers > 1 else ""
    return f"{step_name(position)}{where}, unit {problem.unit}: {problem.what}"


def verdict_notes(cell: Cell) -> tuple[str, ...]:
    """The first place where a user's cell departs from the textbook, in one line."""
    if not isinstance(cell, Pasted) or cell.verdict is None:
        return ()
    return cell.verdict.notes(cell.user.where)


def left_open(cell: Cell, sound: bool) -> Iterator[str]:
    """What is not known of a user's cell, in which nothing else was found where it is `sound`."""
    if not isinstance(cell, Pasted):
        return
    yield from cell.plan.notes
    if sound and not cell.plan.notes and len(cell.quantities) == len(cell.states) and not _gateless(cell):
        notes = cell.verdict.report.notes if cell.verdict is not None else ()
        why = notes[0] if notes else "no gate was found"
        yield f"{cell.user.where}: {why}; name its variables with --names f=…,i=…"


def _gateless(cell: Pasted) -> bool:
    return cell.verdict is not None and cell.verdict.report.kind == "rnn"


def unused_inputs(cell: Cell) -> Iterator[str]:
    """States that go in and change nothing, and a user's cell that is never twice the same."""
    if not isinstance(cell, Pasted):
        return
    like = next((p for p in cell.parameters() if p.is_floating_point()), torch.zeros(()))
    x, both = probe(cell.input_size, cell.hidden_size, like)
    state = both[: len(cell.states)]
    first, again = (call(cell.user, cell.inner, cell.plan, x, state).state for _ in range(2))
    if first is None or again is None:
        return
    if not _same(first, again):
        yield (
            f"{cell.user.where} gives different numbers for the same input: it keeps something between steps or draws "
            "random numbers, so a step back may show other numbers"
        )
        return
    for at, name in enumerate(cell.states):
        other = tuple(0.5 - 0.7 * s if at == k else s for k, s in enumerate(state))
        if (after := call(cell.user, cell.inner, cell.plan, x, other).state) is not None and _same(first, after):
            yield f"{cell.user.where} does not use the {name} it is given: no output depends on it"
    after = call(cell.user, cell.inner, cell.plan, 0.5 - 0.7 * x, state).state
    if after is not None and _same(first, after):
        yield f"{cell.user.where} does not use the x it is given: it ignores its input"


def _same(a: tuple[Tensor, ...], b: tuple[Tensor, ...]) -> bool:
    return all(torch.equal(one, other) for one, other in zip(a, b, strict=True))
