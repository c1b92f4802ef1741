"""The LSTM cell as fast code writes it: one matrix product for all four gates, cut into chunks afterwards."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from lstm_tui.engine.cells.base import LSTMCell
from lstm_tui.engine.cells.gates import joined


class Fused(LSTMCell):
    """One `nn.Linear` over the joined [x, h]; its 4H rows are, in this order, f, i, c̃, o."""

    name = "fused"
    rows = {name: joined("gates", x_first=True, block=(at, 4)) for at, name in enumerate(("f", "i", "c_tilde", "o"))}

    def __init__(self, input_size: int, hidden_size: int, bias: bool = True) -> None:
        super().__init__(input_size, hidden_size, bias)
        self.gates = nn.Linear(input_size + hidden_size, 4 * hidden_size, bias)

    def forward(self, x: Tensor, h: Tensor, c: Tensor) -> tuple[Tensor, Tensor, dict[str, Tensor]]:
        """One time step: x (B, D), h and c (B, H) → the new h, the new c, and the gates that made them."""
        z = self.gates(torch.cat([x, h], dim=1))  # (B, 4H)
        z_f, z_i, z_c, z_o = z.chunk(4, dim=1)  # each (B, H)

        f = torch.sigmoid(z_f)
        i = torch.sigmoid(z_i)
        c_tilde = torch.tanh(z_c)
        o = torch.sigmoid(z_o)

        c = f * c + i * c_tilde
        h = o * torch.tanh(c)

        return h, c, {"f": f, "i": i, "c_tilde": c_tilde, "o": o}
