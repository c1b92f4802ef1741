"""The sLSTM of the xLSTM family: exponential gates, kept in bounds by a level m, and a norm n that c is divided by.

Beck et al. 2024, "xLSTM: extended long short-term memory" (arXiv 2405.04517), with the sigmoid for f. All exponents
are taken relative to m, the largest so far, so that nothing overflows; h does not depend on it.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional

from lstm_tui.core.kinds import KINDS
from lstm_tui.engine.cells.base import Cell
from lstm_tui.engine.cells.gates import joined


class SLSTM(Cell):
    """Four `nn.Linear`, each over the joined [h, x], and four states: h, c, the norm n and the level m."""

    name = "slstm"
    kind = KINDS["slstm"]
    rows = {
        "i": joined("input", x_first=False),
        "f": joined("forget", x_first=False),
        "c_tilde": joined("candidate", x_first=False),
        "o": joined("output", x_first=False),
    }

    def __init__(self, input_size: int, hidden_size: int, bias: bool = True) -> None:
        super().__init__(input_size, hidden_size, bias)
        self.input = nn.Linear(hidden_size + input_size, hidden_size, bias)
        self.forget = nn.Linear(hidden_size + input_size, hidden_size, bias)
        self.candidate = nn.Linear(hidden_size + input_size, hidden_size, bias)
        self.output = nn.Linear(hidden_size + input_size, hidden_size, bias)

    def forward(
        self, x: Tensor, h: Tensor, c: Tensor, n: Tensor, m: Tensor
    ) -> tuple[Tensor, Tensor, Tensor, Tensor, dict[str, Tensor]]:
        """One time step: x (B, D), the states (B, H) each → the new h, c, n and m, and the gates that made them."""
        hx = torch.cat([h, x], dim=1)  # (B, H + D)

        z_i = self.input(hx)  # (B, H)
        log_f = functional.logsigmoid(self.forget(hx))  # (B, H)
        c_tilde = torch.tanh(self.candidate(hx))  # (B, H)  the content proposed
        o = torch.sigmoid(self.output(hx))  # (B, H)  how much memory to show

        old = m
        m = torch.maximum(log_f + old, z_i)  # (B, H)  the level that both gates are measured against
        i = torch.exp(z_i - m)  # (B, H)  how much of the candidate to write, at most 1
        f = torch.exp(log_f + old - m)  # (B, H)  how much old memory to keep, at most 1

        c = f * c + i * c_tilde  # (B, H)  memory carried on
        n = f * n + i  # (B, H)  how much has been written
        h = o * c / n  # (B, H)  the part shown: a weighted mean of what was written

        return h, c, n, m, {"i": i, "f": f, "c_tilde": c_tilde, "o": o}
