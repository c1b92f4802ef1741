"""The GRU as it was first published: the reset gate stands before the recurrent product.

Cho et al. 2014, "Learning phrase representations using RNN encoder-decoder" (v3), and Keras with `reset_after=False`.
The same weights in `nn.GRU`, which resets after the product, compute another function.
"""

from __future__ import annotations

from collections.abc import Mapping

import torch
from torch import Tensor, nn

from lstm_tui.core.kinds import KINDS
from lstm_tui.engine.cells.base import Cell
from lstm_tui.engine.cells.gates import joined


class GRUBefore(Cell):
    """Three `nn.Linear`, each over the joined [h, x]; the candidate's sees r·h instead of h."""

    name = "gru-before"
    kind = KINDS["gru-before"]
    rows = {
        "r": joined("reset", x_first=False),
        "z": joined("update", x_first=False),
        "n": joined("new", x_first=False),
    }

    def __init__(self, input_size: int, hidden_size: int, bias: bool = True) -> None:
        super().__init__(input_size, hidden_size, bias)
        self.reset = nn.Linear(hidden_size + input_size, hidden_size, bias)
        self.update = nn.Linear(hidden_size + input_size, hidden_size, bias)
        self.new = nn.Linear(hidden_size + input_size, hidden_size, bias)

    def forward(self, x: Tensor, h: Tensor) -> tuple[Tensor, dict[str, Tensor]]:
        """One time step: x (B, D) and h (B, H) → the new h, and what made it."""
        hx = torch.cat([h, x], dim=1)  # (B, H + D)

        r = torch.sigmoid(self.reset(hx))  # (B, H)  how much old h the candidate sees
        z = torch.sigmoid(self.update(hx))  # (B, H)  how much of the old h to keep
        n = torch.tanh(self.new(torch.cat([r * h, x], dim=1)))  # (B, H)  the content proposed

        h = (1 - z) * n + z * h  # (B, H)  memory and output in one

        return h, {"r": r, "z": z, "n": n}

    def recalled(self, row: str, values: Mapping[str, Tensor], before: Tensor) -> tuple[str, Tensor]:
        """See `Cell.recalled`: the candidate's row sees r·h'."""
        return ("r·h'", values["r"] * before) if row == "n" else ("h'", before)
