"""The minLSTM: gates that see only what is read, so that all steps can be computed at once.

Feng et al. 2024, "Were RNNs all we needed?" (arXiv 2410.01201). The same character always opens the same gates: they
are a lookup. Memory is a mean of what was and what is proposed.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn

from lstm_tui.core.kinds import KINDS
from lstm_tui.engine.cells.base import Cell
from lstm_tui.engine.cells.gates import Gate, Part


class MinLSTM(Cell):
    """Three `nn.Linear` over what is read; nothing looks at h."""

    name = "minlstm"
    kind = KINDS["minlstm"]
    rows = {"f": Gate(Part("forget", "x")), "i": Gate(Part("input", "x")), "c_tilde": Gate(Part("candidate", "x"))}

    def __init__(self, input_size: int, hidden_size: int, bias: bool = True) -> None:
        super().__init__(input_size, hidden_size, bias)
        self.forget = nn.Linear(input_size, hidden_size, bias)
        self.input = nn.Linear(input_size, hidden_size, bias)
        self.candidate = nn.Linear(input_size, hidden_size, bias)

    def forward(self, x: Tensor, h: Tensor) -> tuple[Tensor, dict[str, Tensor]]:
        """One time step: x (B, D) and h (B, H) → the new h, and what made it."""
        keep = torch.sigmoid(self.forget(x))  # (B, H)
        write = torch.sigmoid(self.input(x))  # (B, H)

        f = keep / (keep + write)  # (B, H)  how much old memory to keep
        i = write / (keep + write)  # (B, H)  how much of the candidate to write: both add up to 1
        c_tilde = self.candidate(x)  # (B, H)  the content proposed

        h = f * h + i * c_tilde  # (B, H)  memory and output in one

        return h, {"f": f, "i": i, "c_tilde": c_tilde}
