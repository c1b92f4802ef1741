"""A network run over rows by its cells' own forward, for cells that have no fused form in PyTorch.

The same things that `FastRows` offers: a call over rows, the two ends, and weights written back.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn

from lstm_tui.engine.cells import GRU, LSTMCell
from lstm_tui.engine.char_lstm import CharLSTM, Stack
from lstm_tui.engine.fast import FastGRU, FastLSTM, FastRows
from lstm_tui.user_cell import CellError


class Stepped(nn.Module):
    """`model`'s own cells, one time step after the other. Works on a copy, as `FastRows` does."""

    def __init__(self, model: CharLSTM) -> None:
        super().__init__()
        self.model = model.copy().requires_grad_(True)

    @property
    def output(self) -> nn.Linear | None:
        """The output layer that is trained with it."""
        return self.model.output

    def inputs(self, indices: Tensor) -> Tensor:
        """Indices (T,) → what the first layer reads (T, D)."""
        return self.model.inputs(indices)

    def forward(self, x: Tensor, stack: Stack) -> tuple[Tensor, Stack]:
        """Rows x (T, B, D) from the states (B, H) → the top layer's h at every step (T, B, H) and the last states."""
        tops: list[Tensor] = []
        for at, row in enumerate(x.unbind(0), 1):
            try:
                stack = self.model.carry(row, stack)
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
def reads_side_by_side(model: CharLSTM) -> bool:
    """Whether rows read in one batch come out as they do one by one: a pasted cell may be written for one row only."""
    if issubclass(model.cell_type, LSTMCell | GRU):
        return True
    rows = model.inputs(torch.arange(min(2, model.input_size), device=model.like.device))
    rows = torch.cat([rows, rows])[:2]
    try:
        together, _ = Stepped(model)(rows[None], model.zero_state(2))
        single = torch.cat([Stepped(model)(row[None, None], model.zero_state())[0] for row in rows], dim=1)
    except CellError:
        return False
    return together.shape == single.shape and bool(torch.allclose(together, single, atol=1e-5))
