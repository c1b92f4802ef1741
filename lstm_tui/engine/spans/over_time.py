"""Units through time, many steps at once: their gates over a stretch of steps from the states already computed.

Given every h of the stretch, pre-activations are one matrix product; no step has to be run again. Used for sums over
time (the ledger, saturation) and for pictures; a number on the screen comes from its own step.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from lstm_tui.core.formulas import read_formula
from lstm_tui.engine.cells.gates import with_biases
from lstm_tui.engine.explain.formatting import products, total
from lstm_tui.engine.interventions import held_rows
from lstm_tui.engine.network import Stack
from lstm_tui.engine.timeline import Timeline
from lstm_tui.engine.wide import MOST, columns


@dataclass(frozen=True, eq=False)
class UnitHistory:
    """One unit at the steps first..last, (n,) each in float64: its memory as a sum, and its gates."""

    first: int
    state: str
    """Which of its states: c, or h where that is the memory."""
    kept: Tensor
    """The share of the memory before that stays at a step."""
    written: Tensor
    """What a step adds to it."""
    values: Tensor
    """The memory after each step."""
    before: float
    """The memory before step `first`: what older steps left."""
    gates: Mapping[str, Tensor]

    def since(self, first: int) -> UnitHistory:
        """The part from step `first` on."""
        skip = first - self.first
        if not skip:
            return self
        gates = {name: gate[skip:] for name, gate in self.gates.items()}
        kept, written, values = self.kept[skip:], self.written[skip:], self.values[skip:]
        return UnitHistory(first, self.state, kept, written, values, float(self.values[skip - 1]), gates)


def unit_history(timeline: Timeline, layer: int, unit: int, first: int, last: int) -> UnitHistory | None:
    """The unit at the steps first..last, both included, 1 ≤ first ≤ last; None for a cell without a memory that is
    a sum."""
    cell = timeline.model.cells[layer]
    memory = next(iter(cell.kind.memories), None)
    if memory is None or memory.state not in cell.states:
        return None
    keep, write = read_formula(memory.keep), read_formula(memory.write)
    gates = [quantity.name for quantity in cell.quantities if quantity.kind == "gate"]
    names = list(dict.fromkeys([*gates, *keep.names(), *write.names(), memory.state]))
    found = values_over_time(timeline, layer, names, (unit,), first, last)
    if len(found) < len(names):
        return None
    rows = {name: values[:, 0] for name, values in found.items()}
    ones = torch.ones_like(rows[memory.state])
    return UnitHistory(
        first,
        memory.state,
        keep.value(rows, {}) * ones * _carried(timeline, first, last).to(ones),
        write.value(rows, {}) * ones,
        rows[memory.state],
        float(timeline.entering(first - 1)[layer][cell.states.index(memory.state)][0, unit]),
        {name: rows[name] for name in gates},
    )


def _carried(timeline: Timeline, first: int, last: int) -> Tensor:
    """1 at the steps first..last that go on from the one before, 0 where a window begins."""
    return torch.tensor([0.0 if timeline.interventions.resets(at - 1) else 1.0 for at in range(first, last + 1)])


@torch.inference_mode()
def values_over_time(
    timeline: Timeline, layer: int, names: Sequence[str], units: Sequence[int], first: int, last: int
) -> dict[str, Tensor]:
    """Each quantity of `names` that the cell has, at the steps first..last for `units`: (n, U) in float64.

    Steps start at 1: the zero state has no gates. A value that a cell did not name at a step is NaN.
    """
    cell = timeline.model.cells[layer]
    stacks = [timeline.state(position) for position in range(first - 1, last + 1)]
    befores = [timeline.entering(position) for position in range(first - 1, last)]
    found: dict[str, Tensor] = {}
    for which, name in enumerate(cell.states):
        if name in names:
            rows = torch.cat([stack[layer][which] for stack in stacks[1:]])  # (n, H)
            found[name] = rows[:, list(units)].double()
    gates = [name for name in names if name not in found and name in {q.name for q in cell.quantities}]
    if gates and cell.described:
        found |= _gates(timeline, layer, gates, units, first, stacks, befores)
    elif gates:
        found |= _stepped(timeline, layer, gates, units, first, last)
    return {name: found[name] for name in names if name in found}


def _gates(
    timeline: Timeline,
    layer: int,
    names: Iterable[str],
    units: Sequence[int],
    first: int,
    stacks: list[Stack],
    befores: list[Stack],
) -> dict[str, Tensor]:
    """Made of W x + U h + b, for all steps in one product; `stacks` begin before step `first`. Where more is needed,
    by the cell's own forward, for all steps at once."""
    cell = timeline.model.cells[layer]
    last = first + len(stacks) - 2
    if timeline.interventions.steps_between(first, last):
        return _by_forward(timeline, layer, list(names), units, first, stacks, befores)
    weights = with_biases(timeline.fast.weights(layer))
    h = torch.cat([stack[layer][0] for stack in befores]).double()  # (n, H)

    def parts(name: str) -> tuple[Tensor, Tensor]:
        """W x + b and U h + d of one gate, (n, U) each."""
        rows = [unit + cell.kind.gate_rows.index(name) * cell.hidden_size for unit in units]
        of_x = _of_x(timeline, layer, weights["weight_ih"][rows], stacks, first, last)
        of_h = h @ weights["weight_hh"][rows].double().t()
        return of_x + weights["bias_ih"][rows].double(), of_h + weights["bias_hh"][rows].double()

    found = cell.from_rows(names, parts)
    return _by_forward(timeline, layer, list(names), units, first, stacks, befores) if found is None else found


def _by_forward(
    timeline: Timeline,
    layer: int,
    names: list[str],
    units: Sequence[int],
    first: int,
    stacks: list[Stack],
    befores: list[Stack],
) -> dict[str, Tensor]:
    """What the cell makes of all steps' inputs and states, side by side."""
    model, last = timeline.model, first + len(stacks) - 2
    before = tuple(torch.cat([stack[layer][which] for stack in befores]) for which in range(len(stacks[0][layer])))
    some = max(1, MOST // model.cells[0].input_size)  # one-hot rows that may be there at once
    made: list[dict[str, Tensor]] = []
    for start in range(0, last - first + 1, some):
        part = slice(start, start + some)
        positions = range(first, last + 1)[part]
        held = held_rows(model, [timeline.interventions.acting(position) for position in positions])
        if layer:
            x = _shown_below(timeline, layer, stacks, first)[part]
        else:
            x = model.inputs(timeline.indices[first - 1 : last][part])
        made.append(model.cells[layer].advance(x, tuple(state[part] for state in before), held[layer])[1])
    return {name: torch.cat([values[name] for values in made])[:, list(units)].double() for name in names}


def of_symbol(timeline: Timeline, position: int, weight: Tensor) -> list[list[float]]:
    """What the symbol read at the step to `position` adds to each of some rows of the first layer's W, in float64."""
    symbol = timeline.indices[position - 1 : position]
    if symbol.is_floating_point():
        return products(weight, symbol[0])  # a number a channel
    if timeline.model.embedding is None:
        return columns(weight, symbol).t().tolist()
    return [[total(parts)] for parts in products(weight, timeline.model.inputs(symbol)[0])]


def _of_x(timeline: Timeline, layer: int, weight: Tensor, stacks: list[Stack], first: int, last: int) -> Tensor:
    """W x of the rows given, at the steps first..last: (n, U)."""
    symbols = timeline.indices[first - 1 : last]
    if layer:
        return _shown_below(timeline, layer, stacks, first).double() @ weight.double().t()
    if timeline.model.embedding is None and not symbols.is_floating_point():
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
    """For cells whose weights cannot be told apart: what the cell itself named, step by step."""
    steps = [timeline.named(position)[layer] for position in range(first, last + 1)]
    absent = torch.full((1, timeline.model.hidden_sizes[layer]), math.nan, device=timeline.indices.device)
    return {name: torch.cat([step.get(name, absent) for step in steps])[:, list(units)].double() for name in names}
