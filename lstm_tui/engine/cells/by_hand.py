"""The LSTM cell as the textbook writes it: one small layer a gate, and the six equations one below the other.

Hochreiter & Schmidhuber 1997, with the forget gate of Gers, Schmidhuber & Cummins 2000.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn

from lstm_tui.engine.cells.base import LSTMCell, LSTMWeights, Weights


class ByHand(LSTMCell):
    """Four `nn.Linear`, each over the joined [h, x]: from what was remembered and what is read, one gate each."""

    name = "by-hand"

    def __init__(self, input_size: int, hidden_size: int, bias: bool = True) -> None:
        super().__init__(input_size, hidden_size, bias)
        self.forget = nn.Linear(hidden_size + input_size, hidden_size, bias)
        self.input = nn.Linear(hidden_size + input_size, hidden_size, bias)
        self.candidate = nn.Linear(hidden_size + input_size, hidden_size, bias)
        self.output = nn.Linear(hidden_size + input_size, hidden_size, bias)

    def forward(self, x: Tensor, h: Tensor, c: Tensor) -> tuple[Tensor, Tensor, dict[str, Tensor]]:
        """One time step: x (B, D), h and c (B, H) → the new h, the new c, and the gates that made them."""
        hx = torch.cat([h, x], dim=1)  # (B, H + D)

        f = torch.sigmoid(self.forget(hx))  # (B, H)  how much old memory to keep
        i = torch.sigmoid(self.input(hx))  # (B, H)  how much of the candidate to write
        c_tilde = torch.tanh(self.candidate(hx))  # (B, H)  the content proposed
        o = torch.sigmoid(self.output(hx))  # (B, H)  how much memory to show

        c = f * c + i * c_tilde  # (B, H)  memory carried on
        h = o * torch.tanh(c)  # (B, H)  the part shown

        return h, c, {"f": f, "i": i, "c_tilde": c_tilde, "o": o}

    x_matrices = ("forget.weight", "input.weight", "candidate.weight", "output.weight")
    x_first = False

    def weights(self) -> LSTMWeights:
        """See `LSTMCell.weights`. The one bias of each gate becomes `bias_ih`; `bias_hh` is zero."""
        gates = (self.input, self.forget, self.candidate, self.output)  # PyTorch's rows: i, f, g, o
        weight = torch.cat([gate.weight for gate in gates])  # (4H, H + D)
        zeros = weight.new_zeros(len(weight))
        bias = torch.cat([gate.bias for gate in gates]) if self.biased else zeros  # (4H,)
        hidden = self.hidden_size
        return LSTMWeights(weight[:, hidden:], weight[:, :hidden], bias, zeros, self.biased)

    @torch.no_grad()
    def load(self, weights: Weights) -> None:
        """See `LSTMCell.load`. The two biases are added, as they are in the pre-activation."""
        gates = (self.input, self.forget, self.candidate, self.output)
        joined = torch.cat([weights.weight_hh, weights.weight_ih], dim=1)  # (4H, H + D)
        for gate, weight, bias in zip(gates, joined.chunk(4), weights.bias.chunk(4), strict=True):
            gate.weight.copy_(weight)
            if self.biased:
                gate.bias.copy_(bias)
