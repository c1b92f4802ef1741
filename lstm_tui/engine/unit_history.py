"""One unit through time, all at once: its gates over a stretch of steps from the states already computed.

Given every h of the stretch, a unit's pre-activations are one matrix product; no step has to be run again. Used for
sums over time (the ledger, saturation); the numbers on the panels come from the steps themselves.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

from lstm_tui.engine.timeline import Timeline


@dataclass(frozen=True, eq=False)
class UnitHistory:
    """f, i, c̃ and c of one unit at the steps first..last, (n,) each in float64."""

    first: int
    f: Tensor
    i: Tensor
    c_tilde: Tensor
    o: Tensor
    c: Tensor
    c_before: float
    """The cell before step `first`: what older steps left."""


@torch.inference_mode()
def unit_history(timeline: Timeline, layer: int, unit: int, first: int, last: int) -> UnitHistory:
    """The unit at the steps first..last, both included, 1 ≤ first ≤ last."""
    model = timeline.model
    stacks = [timeline.state(position) for position in range(first - 1, last + 1)]
    h_before = torch.cat([stack[layer][0] for stack in stacks[:-1]]).double()  # (n, H)
    if layer == 0:
        x = model.inputs(timeline.indices[first - 1 : last]).double()  # (n, D)
    else:
        x = torch.cat([stack[layer - 1][0] for stack in stacks[1:]]).double()
    weights = model.cells[layer].weights()
    size = model.cells[layer].hidden_size
    rows = torch.tensor([unit + block * size for block in range(4)], device=x.device)  # i, f, g, o
    z = x @ weights.weight_ih[rows].double().t() + h_before @ weights.weight_hh[rows].double().t()
    z = z + weights.bias_ih[rows].double() + weights.bias_hh[rows].double()  # (n, 4)
    c = torch.stack([stack[layer][1][0, unit] for stack in stacks[1:]]).double()
    return UnitHistory(
        first,
        f=torch.sigmoid(z[:, 1]),
        i=torch.sigmoid(z[:, 0]),
        c_tilde=torch.tanh(z[:, 2]),
        o=torch.sigmoid(z[:, 3]),
        c=c,
        c_before=float(stacks[0][layer][1][0, unit]),
    )
