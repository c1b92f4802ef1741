"""The LSTM cell as fast code writes it: one matrix product for all four gates, cut into chunks afterwards."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from lstm_tui.engine.cells.base import LSTMCell, LSTMWeights, Weights


class Fused(LSTMCell):
    """One `nn.Linear` over the joined [x, h]; its 4H rows are, in this order, f, i, c̃, o."""

    name = "fused"

    def __init__(self, input_size: int, hidden_size: int, bias: bool = True) -> None:
        super().__init__(input_size, hidden_size, bias)
        self.gates = nn.Linear(input_size + hidden_size, 4 * hidden_size, bias)

    def forward(self, x: Tensor, h: Tensor, c: Tensor) -> tuple[Tensor, Tensor, dict[str, Tensor]]:
        """One time step: x (B, D), h and c (B, H) → the new h, the new c, and the gates that made them."""
        z = self.gates(torch.cat([x, h], dim=1))  # (B, 4H)
        z_f, z_i, z_c, z_o = z.chunk(4, dim=1)  # each (B, H)

        f = torch.sigmoid(z_f)
        i = torch.sigmoid(z_i)
        c_tilde = torch.tanh(z_c)
        o = torch.sigmoid(z_o)

        c = f * c + i * c_tilde
        h = o * torch.tanh(c)

        return h, c, {"f": f, "i": i, "c_tilde": c_tilde, "o": o}

    x_matrices = ("gates.weight",)

    def weights(self) -> LSTMWeights:
        """See `LSTMCell.weights`. The one bias becomes `bias_ih`; `bias_hh` is zero."""
        weight = _swap_first_two(self.gates.weight)  # (4H, D + H), rows i, f, g, o
        zeros = weight.new_zeros(len(weight))
        bias = _swap_first_two(self.gates.bias) if self.biased else zeros  # (4H,)
        of_x, of_h = weight[:, : self.input_size], weight[:, self.input_size :]
        return LSTMWeights(of_x, of_h, bias, zeros, self.biased)

    @torch.no_grad()
    def load(self, weights: Weights) -> None:
        """See `LSTMCell.load`. The two biases are added, as they are in the pre-activation."""
        joined = torch.cat([weights.weight_ih, weights.weight_hh], dim=1)  # (4H, D + H)
        self.gates.weight.copy_(_swap_first_two(joined))
        if self.biased:
            self.gates.bias.copy_(_swap_first_two(weights.bias))


def _swap_first_two(rows: Tensor) -> Tensor:
    """Blocks i, f, g, o ⇄ f, i, c̃, o: the swap is its own inverse."""
    first, second, third, fourth = rows.chunk(4)
    return torch.cat([second, first, third, fourth])
