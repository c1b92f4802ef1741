"""Units through time, many steps at once: their gates over a stretch of steps from the states already computed.

Given every h of the stretch, pre-activations are one matrix product; no step has to be run again. Used for sums over
time (the ledger, saturation) and for pictures; a number on the screen comes from its own step.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from lstm_tui.engine.cells import LSTMCell
from lstm_tui.engine.timeline import Timeline

_BLOCKS = {"i": 0, "f": 1, "c_tilde": 2, "o": 3}  # PyTorch's order of the rows


@dataclass(frozen=True, eq=False)
class UnitHistory:
    """f, i, c̃, o and c of one unit at the steps first..last, (n,) each in float64."""

    first: int
    f: Tensor
    i: Tensor
    c_tilde: Tensor
    o: Tensor
    c: Tensor
    c_before: float
    """The cell before step `first`: what older steps left."""


def unit_history(timeline: Timeline, layer: int, unit: int, first: int, last: int) -> UnitHistory | None:
    """The unit at the steps first..last, both included, 1 ≤ first ≤ last; None for a cell without an LSTM's names."""
    names = ("f", "i", "c_tilde", "o")
    found = values_over_time(timeline, layer, (*names, "c"), (unit,), first, last)
    if len(found) < len(names) + 1:
        return None
    at = timeline.model.cells[layer].states.index("c")
    before = float(timeline.state(first - 1)[layer][at][0, unit])
    return UnitHistory(first, **{name: rows[:, 0] for name, rows in found.items()}, c_before=before)


@torch.inference_mode()
def values_over_time(
    timeline: Timeline, layer: int, names: Sequence[str], units: Sequence[int], first: int, last: int
) -> dict[str, Tensor]:
    """Each quantity of `names` that the cell has, at the steps first..last for `units`: (n, U) in float64.

    Steps start at 1: the zero state has no gates. A value that a cell did not name at a step is NaN.
    """
    cell = timeline.model.cells[layer]
    of_state = {name: at for at, name in enumerate(cell.states)}
    found = {name: _states(timeline, layer, of_state[name], units, first, last) for name in names if name in of_state}
    gates = [name for name in names if name not in found and name in {q.name for q in cell.quantities}]
    if gates:
        of_gates = _gates if isinstance(cell, LSTMCell) else _stepped
        found |= of_gates(timeline, layer, gates, units, first, last)
    return {name: found[name] for name in names if name in found}


def _states(timeline: Timeline, layer: int, which: int, units: Sequence[int], first: int, last: int) -> Tensor:
    rows = torch.cat([timeline.state(position)[layer][which] for position in range(first, last + 1)])  # (n, H)
    return rows[:, list(units)].double()


def _gates(
    timeline: Timeline, layer: int, names: Iterable[str], units: Sequence[int], first: int, last: int
) -> dict[str, Tensor]:
    """σ or tanh of W x + U h + b, for all steps in one product."""
    model = timeline.model
    stacks = [timeline.state(position) for position in range(first - 1, last + 1)]
    h_before = torch.cat([stack[layer][0] for stack in stacks[:-1]]).double()  # (n, H)
    if layer == 0:
        x = model.inputs(timeline.indices[first - 1 : last]).double()  # (n, D)
    else:
        x = _shown_below(timeline, layer, stacks, first).double()
    weights, size = model.cells[layer].weights(), model.cells[layer].hidden_size
    found: dict[str, Tensor] = {}
    for name in names:
        rows = [unit + _BLOCKS[name] * size for unit in units]
        z = x @ weights.weight_ih[rows].double().t() + h_before @ weights.weight_hh[rows].double().t()
        z = z + weights.bias_ih[rows].double() + weights.bias_hh[rows].double()  # (n, U)
        found[name] = torch.tanh(z) if name == "c_tilde" else torch.sigmoid(z)
    return found


def _shown_below(timeline: Timeline, layer: int, stacks: Sequence[object], first: int) -> Tensor:
    """What the layer read: the h of the layer below, as it was computed even where it was replaced afterwards."""
    rows = []
    for position, stack in enumerate(stacks[1:], first):
        if position in timeline.edits:
            rows.append(timeline.at(position).inputs[layer])
        else:
            rows.append(stack[layer - 1][0])  # type: ignore[index]
    return torch.cat(rows)


def _stepped(
    timeline: Timeline, layer: int, names: Iterable[str], units: Sequence[int], first: int, last: int
) -> dict[str, Tensor]:
    """For cells whose weights nobody can tell apart: step by step, from what the cell itself named."""
    names = list(names)
    rows: dict[str, list[Tensor]] = {name: [] for name in names}
    absent = torch.full((len(units),), math.nan, dtype=torch.float64)
    for moment in timeline.moments(first, last + 1):
        for name in names:
            value = moment.layers[layer].get(name)
            rows[name].append(absent if value is None else value[0, list(units)].double().cpu())
    return {name: torch.stack(values) for name, values in rows.items()}
