"""The LSTM with coupled gates: one gate decides what to keep, and what is not kept is replaced.

Greff et al. 2015, "LSTM: a search space odyssey" (CIFG). c is a mean of what was and what is proposed, so it has
bounds and cannot count.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn

from lstm_tui.core.kinds import KINDS
from lstm_tui.engine.cells.base import Cell
from lstm_tui.engine.cells.gates import joined


class CIFG(Cell):
    """Three `nn.Linear`, each over the joined [h, x]; the input gate is what the forget gate leaves."""

    name = "cifg"
    kind = KINDS["cifg"]
    rows = {
        "f": joined("forget", x_first=False),
        "c_tilde": joined("candidate", x_first=False),
        "o": joined("output", x_first=False),
    }

    def __init__(self, input_size: int, hidden_size: int, bias: bool = True) -> None:
        super().__init__(input_size, hidden_size, bias)
        self.forget = nn.Linear(hidden_size + input_size, hidden_size, bias)
        self.candidate = nn.Linear(hidden_size + input_size, hidden_size, bias)
        self.output = nn.Linear(hidden_size + input_size, hidden_size, bias)

    def forward(self, x: Tensor, h: Tensor, c: Tensor) -> tuple[Tensor, Tensor, dict[str, Tensor]]:
        """One time step: x (B, D), h and c (B, H) → the new h, the new c, and the gates that made them."""
        hx = torch.cat([h, x], dim=1)  # (B, H + D)

        f = torch.sigmoid(self.forget(hx))  # (B, H)  how much old memory to keep
        i = 1 - f  # (B, H)  how much of the candidate to write: what is not kept
        c_tilde = torch.tanh(self.candidate(hx))  # (B, H)  the content proposed
        o = torch.sigmoid(self.output(hx))  # (B, H)  how much memory to show

        c = f * c + i * c_tilde  # (B, H)  memory carried on
        h = o * torch.tanh(c)  # (B, H)  the part shown

        return h, c, {"f": f, "i": i, "c_tilde": c_tilde, "o": o}
