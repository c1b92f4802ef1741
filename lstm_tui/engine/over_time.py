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

from lstm_tui.engine.cells.gates import with_biases
from lstm_tui.engine.explain.formatting import products, total
from lstm_tui.engine.network import Stack
from lstm_tui.engine.timeline import Timeline
from lstm_tui.engine.wide import MOST, columns


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
    if gates and cell.described:
        found |= _gates(timeline, layer, gates, units, first, stacks)
    elif gates:
        found |= _stepped(timeline, layer, gates, units, first, last)
    return {name: found[name] for name in names if name in found}


def _gates(
    timeline: Timeline, layer: int, names: Iterable[str], units: Sequence[int], first: int, stacks: list[Stack]
) -> dict[str, Tensor]:
    """Made of W x + U h + b, for all steps in one product; `stacks` begin before step `first`. Where more is needed,
    by the cell's own forward, for all steps at once."""
    cell = timeline.model.cells[layer]
    last = first + len(stacks) - 2
    weights = with_biases(timeline.fast.weights(layer))
    h = torch.cat([stack[layer][0] for stack in stacks[:-1]]).double()  # (n, H)

    def parts(name: str) -> tuple[Tensor, Tensor]:
        """W x + b and U h + d of one gate, (n, U) each."""
        rows = [unit + cell.kind.gate_rows.index(name) * cell.hidden_size for unit in units]
        of_x = _of_x(timeline, layer, weights["weight_ih"][rows], stacks, first, last)
        of_h = h @ weights["weight_hh"][rows].double().t()
        return of_x + weights["bias_ih"][rows].double(), of_h + weights["bias_hh"][rows].double()

    found = cell.from_rows(names, parts)
    return _by_forward(timeline, layer, list(names), units, first, stacks) if found is None else found


def _by_forward(
    timeline: Timeline, layer: int, names: list[str], units: Sequence[int], first: int, stacks: list[Stack]
) -> dict[str, Tensor]:
    """What the cell makes of all steps' inputs and states, side by side."""
    model, last = timeline.model, first + len(stacks) - 2
    before = tuple(torch.cat([stack[layer][which] for stack in stacks[:-1]]) for which in range(len(stacks[0][layer])))
    some = max(1, MOST // model.cells[0].input_size)  # one-hot rows that may be there at once
    made: list[dict[str, Tensor]] = []
    for start in range(0, last - first + 1, some):
        part = slice(start, start + some)
        if layer:
            x = _shown_below(timeline, layer, stacks, first)[part]
        else:
            x = model.inputs(timeline.indices[first - 1 : last][part])
        made.append(model.cells[layer].advance(x, tuple(state[part] for state in before))[1])
    return {name: torch.cat([values[name] for values in made])[:, list(units)].double() for name in names}


def of_symbol(timeline: Timeline, position: int, weight: Tensor) -> list[list[float]]:
    """What the symbol read at the step to `position` adds to each of some rows of the first layer's W, in float64."""
    symbol = timeline.indices[position - 1 : position]
    if timeline.model.embedding is None:
        return columns(weight, symbol).t().tolist()
    return [[total(parts)] for parts in products(weight, timeline.model.inputs(symbol)[0])]


def _of_x(timeline: Timeline, layer: int, weight: Tensor, stacks: list[Stack], first: int, last: int) -> Tensor:
    """W x of the rows given, at the steps first..last: (n, U)."""
    symbols = timeline.indices[first - 1 : last]
    if layer:
        return _shown_below(timeline, layer, stacks, first).double() @ weight.double().t()
    if timeline.model.embedding is None:
        return columns(weight, symbols).double()
    return timeline.model.inputs(symbols).double() @ weight.double().t()


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
    timeline: Timeline, layer: int, names: Sequence[str], units: Sequence[int], first: int, last: int
) -> dict[str, Tensor]:
    """For cells whose weights nobody can tell apart: what the cell itself named, step by step."""
    steps = [timeline.named(position)[layer] for position in range(first, last + 1)]
    absent = torch.full((1, timeline.model.hidden_sizes[layer]), math.nan, device=timeline.indices.device)
    return {name: torch.cat([step.get(name, absent) for step in steps])[:, list(units)].double() for name in names}
