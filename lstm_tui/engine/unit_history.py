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
from lstm_tui.engine.char_lstm import Stack
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

    def since(self, first: int) -> UnitHistory:
        """The part from step `first` on."""
        skip = first - self.first
        if not skip:
            return self
        f, i, c_tilde, o, c = (row[skip:] for row in (self.f, self.i, self.c_tilde, self.o, self.c))
        return UnitHistory(first, f, i, c_tilde, o, c, c_before=float(self.c[skip - 1]))


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
    stacks = [timeline.state(position) for position in range(first - 1, last + 1)]
    found: dict[str, Tensor] = {}
    for which, name in enumerate(cell.states):
        if name in names:
            rows = torch.cat([stack[layer][which] for stack in stacks[1:]])  # (n, H)
            found[name] = rows[:, list(units)].double()
    gates = [name for name in names if name not in found and name in {q.name for q in cell.quantities}]
    if gates and isinstance(cell, LSTMCell):
        found |= _gates(timeline, layer, gates, units, first, stacks)
    elif gates:
        found |= _stepped(timeline, layer, gates, units, first, last)
    return {name: found[name] for name in names if name in found}


def _gates(
    timeline: Timeline, layer: int, names: Iterable[str], units: Sequence[int], first: int, stacks: list[Stack]
) -> dict[str, Tensor]:
    """σ or tanh of W x + U h + b, for all steps in one product; `stacks` begin before step `first`."""
    model = timeline.model
    h_before = torch.cat([stack[layer][0] for stack in stacks[:-1]]).double()  # (n, H)
    if layer == 0:
        x = model.inputs(timeline.indices[first - 1 : first + len(stacks) - 2]).double()  # (n, D)
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


def _shown_below(timeline: Timeline, layer: int, stacks: list[Stack], first: int) -> Tensor:
    """What the layer read: the h of the layer below, as it was computed even where it was replaced afterwards."""
    rows = []
    for position, stack in enumerate(stacks[1:], first):
        if position in timeline.edits:
            rows.append(timeline.at(position).inputs[layer])
        else:
            rows.append(stack[layer - 1][0])
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
