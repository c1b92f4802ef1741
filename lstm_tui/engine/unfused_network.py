"""A network run over rows by its cells' own forward, for cells that have no fused form in PyTorch.

The same things that `FastRows` offers: a call over rows, the two ends, and weights written back.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn

from lstm_tui.core.user_cell import CellError
from lstm_tui.engine.cells import GRU, LSTMCell
from lstm_tui.engine.fused_network import FastGRU, FastLSTM, FastRows
from lstm_tui.engine.network import CharLSTM, Stack


class Stepped(nn.Module):
    """`model`'s own cells, one time step after the other. Works on a copy, as `FastRows` does."""

    def __init__(self, model: CharLSTM) -> None:
        super().__init__()
        self.model = model.copy().requires_grad_(True)

    @property
    def output(self) -> nn.Linear | None:
        """The output layer that is trained with it."""
        return self.model.output

    def forward(self, x: Tensor, stack: Stack) -> tuple[Tensor, Stack]:
        """Rows x (T, B, D), or symbols (T, B), from the states (B, H) → the top layer's h at every step (T, B, H) and
        the last states."""
        tops: list[Tensor] = []
        for at, row in enumerate(x.unbind(0), 1):
            try:
                stack = self.model.carry(row if row.is_floating_point() else self.model.inputs(row), stack)
            except CellError as error:
                error.position = at  # of these rows: who knows where they come from adds what lies before
                raise
            tops.append(stack[-1][0])
        return torch.stack(tops) if tops else stack[-1][0][None][:0], stack

    def write_back(self, model: CharLSTM) -> None:
        """Give `model` the weights as they are here now."""
        model.load_state_dict(self.model.state_dict())


def over_rows(model: CharLSTM) -> FastRows | Stepped:
    """The fastest way to run `model` over many rows: PyTorch's own for an LSTM or a GRU, else its own cells."""
    if issubclass(model.cell_type, LSTMCell):
        return FastLSTM(model)
    return FastGRU(model) if issubclass(model.cell_type, GRU) else Stepped(model)


@torch.no_grad()
def compute_alike(one: CharLSTM, other: CharLSTM) -> bool:
    """Whether both have a fused form that computes the same bits, as the same weights in other cells have."""
    if not any(issubclass(one.cell_type, kind) and issubclass(other.cell_type, kind) for kind in (LSTMCell, GRU)):
        return False
    if one.output is not None and other.output is not None and not _equal(one.output, other.output):
        return False  # trained meanwhile, most likely: no need to compare millions of weights
    return _equal(over_rows(one), over_rows(other))


def _equal(one: nn.Module, other: nn.Module) -> bool:
    mine, theirs = one.state_dict(), other.state_dict()
    return mine.keys() == theirs.keys() and all(torch.equal(mine[name], theirs[name]) for name in reversed(mine))


@torch.no_grad()
def reads_side_by_side(model: CharLSTM) -> bool:
    """Whether rows read in one batch come out as they do one by one: a pasted cell may be written for one row only."""
    if issubclass(model.cell_type, LSTMCell | GRU):
        return True
    rows = model.inputs(torch.arange(2, device=model.like.device) % model.input_size)
    try:
        together, _ = Stepped(model)(rows[None], model.zero_state(2))
        single = torch.cat([Stepped(model)(row[None, None], model.zero_state())[0] for row in rows], dim=1)
    except CellError:
        return False
    return together.shape == single.shape and bool(torch.allclose(together, single, atol=1e-5))
