"""The plain recurrent cell, as `nn.RNN` computes it: no gates, and h is the only memory.

Elman 1990, with tanh.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn

from lstm_tui.core.kinds import KINDS
from lstm_tui.core.step import Equation
from lstm_tui.engine.cells.base import Cell, State, Weights
from lstm_tui.engine.explain.formatting import filled
from lstm_tui.engine.explain.unit_step import UnitStep


class RNN(Cell):
    """Two `nn.Linear`: one over what is read, one over what was remembered."""

    name = "rnn"
    kind = KINDS["rnn"]
    quantities = kind.quantities
    states = kind.states
    x_matrices = ("read.weight",)

    def __init__(self, input_size: int, hidden_size: int, bias: bool = True) -> None:
        super().__init__(input_size, hidden_size, bias)
        self.read = nn.Linear(input_size, hidden_size, bias)
        self.recall = nn.Linear(hidden_size, hidden_size, bias)

    def forward(self, x: Tensor, h: Tensor) -> tuple[Tensor, dict[str, Tensor]]:
        """One time step: x (B, D) and h (B, H) → the new h, and what made it."""
        a = self.read(x) + self.recall(h)  # (B, H)  what is read and what was remembered, added

        h = torch.tanh(a)  # (B, H)  memory and output in one

        return h, {"a": a}

    def advance(self, x: Tensor, state: State) -> tuple[State, dict[str, Tensor]]:
        """One time step; the quantities are a and h, (B, H) each."""
        h, made = self(x, *state)
        return (h,), {**made, "h": h}

    def unit_equations(self, at: UnitStep) -> list[Equation]:
        """See `Cell.unit_equations`."""
        lines, a, h = at.all_rows(), at.values["a"], at.values["h"]
        if not at.edited:
            lines.append(Equation("h", filled("h = tanh({}) = ", (a,), h), h, symbols="h = tanh(a)"))
        return lines

    def weights(self) -> Weights:
        """See `Cell.weights`: both biases."""
        found = {"weight_ih": self.read.weight, "weight_hh": self.recall.weight}  # (H, D), (H, H)
        return Weights.of(found | ({"bias_ih": self.read.bias, "bias_hh": self.recall.bias} if self.biased else {}))

    @torch.no_grad()
    def load(self, weights: Weights) -> None:
        """See `Cell.load`: both biases are taken over as they are."""
        self.read.weight.copy_(weights.weight_ih)
        self.recall.weight.copy_(weights.weight_hh)
        if self.biased:
            self.read.bias.copy_(weights.bias_ih)
            self.recall.bias.copy_(weights.bias_hh)
