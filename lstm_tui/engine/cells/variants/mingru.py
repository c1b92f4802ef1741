"""The minGRU: one gate, which sees only what is read, so that all steps can be computed at once.

Feng et al. 2024, "Were RNNs all we needed?" (arXiv 2410.01201). Its gate opens to the new, unlike that of `nn.GRU`,
which opens to the old.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn

from lstm_tui.core.kinds import KINDS
from lstm_tui.engine.cells.base import Cell
from lstm_tui.engine.cells.gates import Gate, Part


class MinGRU(Cell):
    """Two `nn.Linear` over what is read; nothing looks at h."""

    name = "mingru"
    kind = KINDS["mingru"]
    rows = {"z": Gate(Part("update", "x")), "n": Gate(Part("new", "x"))}

    def __init__(self, input_size: int, hidden_size: int, bias: bool = True) -> None:
        super().__init__(input_size, hidden_size, bias)
        self.update = nn.Linear(input_size, hidden_size, bias)
        self.new = nn.Linear(input_size, hidden_size, bias)

    def forward(self, x: Tensor, h: Tensor) -> tuple[Tensor, dict[str, Tensor]]:
        """One time step: x (B, D) and h (B, H) → the new h, and what made it."""
        z = torch.sigmoid(self.update(x))  # (B, H)  how much of the new to take
        n = self.new(x)  # (B, H)  the content proposed

        h = (1 - z) * h + z * n  # (B, H)  memory and output in one

        return h, {"z": z, "n": n}
