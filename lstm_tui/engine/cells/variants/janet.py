"""Just another network with a forget gate: one gate for all, and the memory is the output.

Van der Westhuizen & Lasenby 2018, "The unreasonable effectiveness of the forget gate". What is written is what a
slightly less open forget gate would not keep: β = 1.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn

from lstm_tui.core.kinds import KINDS
from lstm_tui.engine.cells.base import Cell
from lstm_tui.engine.cells.gates import joined


class JANET(Cell):
    """Two `nn.Linear`, each over the joined [h, x]: the forget gate and the candidate."""

    name = "janet"
    kind = KINDS["janet"]
    rows = {
        "f": joined("forget", x_first=False),
        "c_tilde": joined("candidate", x_first=False),
    }

    def __init__(self, input_size: int, hidden_size: int, bias: bool = True) -> None:
        super().__init__(input_size, hidden_size, bias)
        self.forget = nn.Linear(hidden_size + input_size, hidden_size, bias)
        self.candidate = nn.Linear(hidden_size + input_size, hidden_size, bias)

    def forward(self, x: Tensor, h: Tensor, c: Tensor) -> tuple[Tensor, Tensor, dict[str, Tensor]]:
        """One time step: x (B, D), h and c (B, H) → the new h, the new c, and the gates that made them."""
        hx = torch.cat([h, x], dim=1)  # (B, H + D)

        z_f = self.forget(hx)  # (B, H)
        f = torch.sigmoid(z_f)  # (B, H)  how much old memory to keep
        i = torch.sigmoid(1 - z_f)  # (B, H)  how much of the candidate to write
        c_tilde = torch.tanh(self.candidate(hx))  # (B, H)  the content proposed

        c = f * c + i * c_tilde  # (B, H)  memory carried on
        h = c.clone()  # (B, H)  all of the memory; a tensor of its own, so that derivatives by h and by c differ

        return h, c, {"f": f, "i": i, "c_tilde": c_tilde}
