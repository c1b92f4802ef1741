"""The first number of a model along its text that is NaN or infinite, and what it was made from."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from lstm_tui.core.errors import UserError
from lstm_tui.core.quantities import Quantity
from lstm_tui.core.step import step_name
from lstm_tui.engine.blocks import StepTensors
from lstm_tui.engine.cells import Cell
from lstm_tui.engine.rollout import Rollout
from lstm_tui.engine.user_cells.cell import Pasted

LOOKED_AT = 1000
"""Steps of a text that are looked at when a model is opened."""
_OVERFLOWS = " because a sum or a product overflows"
_LARGE = 1e15
"""Weights from which on sums may overflow."""


@dataclass(frozen=True)
class NotFiniteValue:
    """Where it is."""

    sentence: str
    """`step 812 (t = 811), l1, unit 3: c̃ is nan because h[7] of l0 is inf`."""
    condition: str
    """The stop that is met there."""


@torch.inference_mode()
def suspicious(reading: Rollout, notes: Sequence[str]) -> bool:
    """Whether it is worth looking for one: weights that are no numbers or near their end, nothing that bounds, or
    `notes` that speak of one."""
    model = reading.model
    if any(not bool((p.abs() < _LARGE).all()) for p in model.parameters() if p.is_floating_point()):
        return True
    if isinstance(model.cells[0], Pasted):
        return any("not a finite number" in note for note in notes)
    if not any(q.squash == "relu" or (q.grows and q.state) for cell in model.cells for q in cell.quantities):
        return False
    tops, stack = reading.timeline.fast(reading.indices[:LOOKED_AT, None], model.zero_state())
    return not all(bool(t.isfinite().all()) for t in (tops, *(state for states in stack for state in states)))


@torch.inference_mode()
def first_not_finite(reading: Rollout, most: int = LOOKED_AT) -> NotFiniteValue | None:
    """The first among the first steps; None where all are numbers, and where a user's cell fails before."""
    try:
        for position in range(1, min(len(reading), most) + 1):
            moment = reading.timeline.at(position)
            for layer, values in enumerate(moment.layers):
                if not all(bool(value.isfinite().all()) for value in values.values()):
                    return _found_in(reading, moment, position, layer, values)
    except UserError:
        pass
    return None


def _found_in(
    reading: Rollout, moment: StepTensors, position: int, layer: int, values: Mapping[str, Tensor]
) -> NotFiniteValue | None:
    cell = reading.model.cells[layer]
    for quantity in cell.quantities:
        value = values.get(quantity.name)
        if value is None or bool(value.isfinite().all()):
            continue
        unit = int((~value[0].isfinite()).nonzero()[0])
        layers = len(reading.model.cells) > 1
        where = f"{step_name(position)}{f', l{layer}' if layers else ''}, unit {unit}"
        cause = _cause(reading, moment, position, layer, quantity, unit)
        name = f"l{layer}.{quantity.name}" if layers else quantity.name
        sentence = f"{where}: {quantity.symbol} is {_shown(value[0, unit])}{cause}"
        return NotFiniteValue(sentence, f"isnan({name}) or isinf({name})")
    return None


def _cause(reading: Rollout, moment: StepTensors, position: int, layer: int, quantity: Quantity, unit: int) -> str:
    """` because …`; the first operand that is no number."""
    cell = reading.model.cells[layer]
    if layer and (found := _first(moment.inputs[layer])) is not None:
        return f" because h[{found[0]}] of l{layer - 1} is {found[1]}"
    for name, state in zip(cell.states, moment.before[layer], strict=True):
        if (found := _first(state)) is not None:
            return f" because {name}[{found[0]}] was {found[1]} after {step_name(position - 1)}"
    embedding = reading.model.embedding
    if not layer and embedding is not None:
        code = int(reading.timeline.indices[position - 1])
        if (found := _first(embedding[code][None])) is not None:
            return f" because number {found[0]} of the embedding of this symbol is {found[1]}"
    if (weights := _of_weights(cell, unit)) or not isinstance(cell, Pasted) or cell.verdict is None:
        return weights or _OVERFLOWS
    x = moment.inputs[layer] if layer else reading.model.inputs(reading.indices[position - 1 : position])
    recording = cell.recorded(x, moment.before[layer])
    if (made := recording.not_finite) is None:
        return _OVERFLOWS
    record, at = made
    line = recording.line(record.start + at)
    return f" because {cell.user.place(line)} makes it: {record.op} gives {record.values[at]}"


def _of_weights(cell: Cell, unit: int) -> str:
    """The first weight of the unit that is no number; of another unit where none of its own is."""
    units = cell.hidden_size
    named = [(name, p) for name, p in cell.named_parameters() if not bool(p.isfinite().all())]
    for name, parameter in named:
        rows = (~parameter.isfinite()).nonzero().tolist()
        own = [at for at in rows if at and at[0] % units == unit] or rows
        value = _shown(parameter[tuple(own[0])])
        return f" because {name}{own[0]} is {value}"
    return ""


def _first(row: Tensor) -> tuple[int, str] | None:
    bad = (~row[0].isfinite()).nonzero().flatten()
    return None if not len(bad) else (int(bad[0]), _shown(row[0, int(bad[0])]))


def _shown(value: Tensor) -> str:
    return f"{float(value)}"
