"""LSTMs with other functions in place of σ and tanh, as Keras makes them.

hard_sigmoid is a straight line cut to 0..1: 0.2 z + 0.5 up to Keras 2, z / 6 + 0.5 from Keras 3 on.
"""

from __future__ import annotations

from collections.abc import Iterable

import torch
from torch import Tensor, nn

from lstm_tui.core.kinds import KINDS
from lstm_tui.engine.cells.base import SQUASHES, Cell, Parts, squashed_rows
from lstm_tui.engine.cells.gates import joined


class ActivatedLSTM(Cell):
    """Four `nn.Linear`, each over the joined [h, x]; what squashes their sums is what the cell's kind says."""

    rows = {
        "f": joined("forget", x_first=False),
        "i": joined("input", x_first=False),
        "c_tilde": joined("candidate", x_first=False),
        "o": joined("output", x_first=False),
    }

    def __init__(self, input_size: int, hidden_size: int, bias: bool = True) -> None:
        super().__init__(input_size, hidden_size, bias)
        self.forget = nn.Linear(hidden_size + input_size, hidden_size, bias)
        self.input = nn.Linear(hidden_size + input_size, hidden_size, bias)
        self.candidate = nn.Linear(hidden_size + input_size, hidden_size, bias)
        self.output = nn.Linear(hidden_size + input_size, hidden_size, bias)

    @property
    def _squashes(self) -> dict[str, str | None]:
        return {quantity.name: quantity.squash for quantity in self.kind.quantities}

    def gate(self, z: Tensor) -> Tensor:
        """What makes a gate of its sum."""
        return SQUASHES[self._squashes["f"]](z)

    def squash(self, z: Tensor) -> Tensor:
        """What makes the candidate of its sum, and what is shown of c."""
        return SQUASHES[self._squashes["c_tilde"]](z)

    def forward(self, x: Tensor, h: Tensor, c: Tensor) -> tuple[Tensor, Tensor, dict[str, Tensor]]:
        """One time step: x (B, D), h and c (B, H) → the new h, the new c, and the gates that made them."""
        hx = torch.cat([h, x], dim=1)  # (B, H + D)

        f = self.gate(self.forget(hx))  # (B, H)  how much old memory to keep
        i = self.gate(self.input(hx))  # (B, H)  how much of the candidate to write
        c_tilde = self.squash(self.candidate(hx))  # (B, H)  the content proposed
        o = self.gate(self.output(hx))  # (B, H)  how much memory to show

        c = f * c + i * c_tilde  # (B, H)  memory carried on
        h = o * self.squash(c)  # (B, H)  the part shown

        return h, c, {"f": f, "i": i, "c_tilde": c_tilde, "o": o}

    def from_rows(self, names: Iterable[str], parts: Parts) -> dict[str, Tensor]:
        """See `Cell.from_rows`: all four gates are rows."""
        return squashed_rows(self.kind, names, parts)


class HardLSTM(ActivatedLSTM):
    """Gates by hard_sigmoid as it was up to Keras 2."""

    name = "lstm-hard"
    kind = KINDS["lstm-hard"]


class HardLSTM6(ActivatedLSTM):
    """Gates by hard_sigmoid as it is from Keras 3 on."""

    name = "lstm-hard6"
    kind = KINDS["lstm-hard6"]


class ReluLSTM(ActivatedLSTM):
    """relu in place of tanh."""

    name = "lstm-relu"
    kind = KINDS["lstm-relu"]
