"""The LSTM as it was first published: no forget gate, so that what was once written is never lost.

Hochreiter & Schmidhuber 1997, "Long short-term memory". Their squashings were scaled to (-2, 2) and (-1, 1) and their
gates' biases began at -1; here they are those of today's LSTM, so that the missing gate is the only difference.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn

from lstm_tui.core.kinds import KINDS
from lstm_tui.engine.cells.base import Cell
from lstm_tui.engine.cells.gates import joined


class LSTM97(Cell):
    """Three `nn.Linear`, each over the joined [h, x]: what to write, what to propose, what to show."""

    name = "lstm97"
    kind = KINDS["lstm97"]
    rows = {
        "i": joined("input", x_first=False),
        "c_tilde": joined("candidate", x_first=False),
        "o": joined("output", x_first=False),
    }

    def __init__(self, input_size: int, hidden_size: int, bias: bool = True) -> None:
        super().__init__(input_size, hidden_size, bias)
        self.input = nn.Linear(hidden_size + input_size, hidden_size, bias)
        self.candidate = nn.Linear(hidden_size + input_size, hidden_size, bias)
        self.output = nn.Linear(hidden_size + input_size, hidden_size, bias)

    def forward(self, x: Tensor, h: Tensor, c: Tensor) -> tuple[Tensor, Tensor, dict[str, Tensor]]:
        """One time step: x (B, D), h and c (B, H) → the new h, the new c, and the gates that made them."""
        hx = torch.cat([h, x], dim=1)  # (B, H + D)

        i = torch.sigmoid(self.input(hx))  # (B, H)  how much of the candidate to write
        c_tilde = torch.tanh(self.candidate(hx))  # (B, H)  the content proposed
        o = torch.sigmoid(self.output(hx))  # (B, H)  how much memory to show

        c = c + i * c_tilde  # (B, H)  memory carried on: nothing is ever taken away
        h = o * torch.tanh(c)  # (B, H)  the part shown

        return h, c, {"i": i, "c_tilde": c_tilde, "o": o}
