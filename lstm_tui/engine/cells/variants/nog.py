"""The LSTM without an output gate: all of the memory shows, at every step.

Greff et al. 2015, "LSTM: a search space odyssey" (NOG).
"""

from __future__ import annotations

import torch
from torch import Tensor, nn

from lstm_tui.core.kinds import KINDS
from lstm_tui.engine.cells.base import Cell
from lstm_tui.engine.cells.gates import joined


class NOG(Cell):
    """Three `nn.Linear`, each over the joined [h, x]: input, forget, candidate."""

    name = "nog"
    kind = KINDS["nog"]
    rows = {
        "i": joined("input", x_first=False),
        "f": joined("forget", x_first=False),
        "c_tilde": joined("candidate", x_first=False),
    }

    def __init__(self, input_size: int, hidden_size: int, bias: bool = True) -> None:
        super().__init__(input_size, hidden_size, bias)
        self.input = nn.Linear(hidden_size + input_size, hidden_size, bias)
        self.forget = nn.Linear(hidden_size + input_size, hidden_size, bias)
        self.candidate = nn.Linear(hidden_size + input_size, hidden_size, bias)

    def forward(self, x: Tensor, h: Tensor, c: Tensor) -> tuple[Tensor, Tensor, dict[str, Tensor]]:
        """One time step: x (B, D), h and c (B, H) → the new h, the new c, and the gates that made them."""
        hx = torch.cat([h, x], dim=1)  # (B, H + D)

        f = torch.sigmoid(self.forget(hx))  # (B, H)  how much old memory to keep
        i = torch.sigmoid(self.input(hx))  # (B, H)  how much of the candidate to write
        c_tilde = torch.tanh(self.candidate(hx))  # (B, H)  the content proposed

        c = f * c + i * c_tilde  # (B, H)  memory carried on
        h = torch.tanh(c)  # (B, H)  all of it, squashed

        return h, c, {"f": f, "i": i, "c_tilde": c_tilde}
