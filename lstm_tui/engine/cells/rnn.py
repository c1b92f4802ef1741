"""The plain recurrent cell, as `nn.RNN` computes it: no gates, and h is the only memory.

Elman 1990, with tanh.
"""

from __future__ import annotations

from collections.abc import Iterable

import torch
from torch import Tensor, nn

from lstm_tui.core.kinds import KINDS
from lstm_tui.engine.cells.base import Cell, Parts, squashed_rows
from lstm_tui.engine.cells.gates import apart


class RNN(Cell):
    """Two `nn.Linear`: one over what is read, one over what was remembered."""

    name = "rnn"
    kind = KINDS["rnn"]
    rows = {"a": apart("read", "recall")}

    def __init__(self, input_size: int, hidden_size: int, bias: bool = True) -> None:
        super().__init__(input_size, hidden_size, bias)
        self.read = nn.Linear(input_size, hidden_size, bias)
        self.recall = nn.Linear(hidden_size, hidden_size, bias)

    def forward(self, x: Tensor, h: Tensor) -> tuple[Tensor, dict[str, Tensor]]:
        """One time step: x (B, D) and h (B, H) → the new h, and what made it."""
        a = self.read(x) + self.recall(h)  # (B, H)  what is read and what was remembered, added

        h = torch.tanh(a)  # (B, H)  memory and output in one

        return h, {"a": a}

    def from_rows(self, names: Iterable[str], parts: Parts) -> dict[str, Tensor]:
        """See `Cell.from_rows`: a is a row."""
        return squashed_rows(self.kind, names, parts)
