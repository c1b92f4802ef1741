"""Which way a network is run over many rows."""

from __future__ import annotations

import torch
from torch import nn

from lstm_tui.core.user_cell import CellError
from lstm_tui.engine.network import Network
from lstm_tui.engine.runners.fused_network import FusedNetwork
from lstm_tui.engine.runners.scanned_network import ScannedNetwork, reads_input_only
from lstm_tui.engine.runners.unfused_network import UnfusedNetwork

RowRunner = FusedNetwork | UnfusedNetwork
"""A `ScannedNetwork` is an unfused one."""


def row_runner(model: Network) -> RowRunner:
    """The fastest way to run `model` over many rows: PyTorch's own where it has one, a parallel scan where
    gates allow it, else its own cells one step after the other."""
    if has_fused_form(model):
        return FusedNetwork(model)
    return ScannedNetwork(model) if reads_input_only(model) else UnfusedNetwork(model)


def has_fused_form(model: Network) -> bool:
    """Whether PyTorch computes the same for many steps at once."""
    return model.cell_type.described and model.cell_type.kind.fused is not None


@torch.no_grad()
def compute_alike(one: Network, other: Network) -> bool:
    """Whether both have a fused form that computes the same bits, as the same weights in other cells have."""
    if one.cell_type.kind is not other.cell_type.kind or not (has_fused_form(one) and has_fused_form(other)):
        return False
    if one.output is not None and other.output is not None and not _equal(one.output, other.output):
        return False  # trained meanwhile, most likely: no need to compare millions of weights
    return _equal(row_runner(one), row_runner(other))


def _equal(one: nn.Module, other: nn.Module) -> bool:
    mine, theirs = one.state_dict(), other.state_dict()
    return mine.keys() == theirs.keys() and all(torch.equal(mine[name], theirs[name]) for name in reversed(mine))


@torch.no_grad()
def reads_side_by_side(model: Network) -> bool:
    """Whether rows read in one batch come out as they do one by one: a pasted cell may be written for one row only."""
    if model.cell_type.described:
        return True
    rows = model.inputs(torch.arange(2, device=model.like.device) % model.input_size)
    try:
        together, _ = UnfusedNetwork(model)(rows[None], model.zero_state(2))
        single = torch.cat([UnfusedNetwork(model)(row[None, None], model.zero_state())[0] for row in rows], dim=1)
    except CellError:
        return False
    return together.shape == single.shape and bool(torch.allclose(together, single, atol=1e-5))
