"""The LSTM with layer normalisation: the sums before the gates, and the memory before it is shown.

Ba, Kiros & Hinton 2016, "Layer normalization", equations 20 to 22: W x and R h' are normalised apart over all four
gates together, and the bias is added afterwards. Other programs normalise c itself: another cell under the same name.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import torch
from torch import Tensor, nn

from lstm_tui.core.kinds import KINDS
from lstm_tui.core.step import Equation, Term
from lstm_tui.engine.cells.base import Cell, State
from lstm_tui.engine.cells.gates import Gate, Part, Weights
from lstm_tui.engine.explain.unit_step import UnitStep

_GATES = ("i", "f", "c_tilde", "o")


class LNLSTM(Cell):
    """One `nn.Linear` over x and one over h, without biases, each followed by a layer norm; and one norm over c."""

    name = "lnlstm"
    kind = KINDS["lnlstm"]
    rows = {name: Gate(Part("of_x", "x", (at, 4)), Part("of_h", "h", (at, 4))) for at, name in enumerate(_GATES)}

    def __init__(self, input_size: int, hidden_size: int, bias: bool = True) -> None:
        super().__init__(input_size, hidden_size, bias)
        self.of_x = nn.Linear(input_size, 4 * hidden_size, bias=False)
        self.of_h = nn.Linear(hidden_size, 4 * hidden_size, bias=False)
        self.norm_ih = nn.LayerNorm(4 * hidden_size)
        self.norm_hh = nn.LayerNorm(4 * hidden_size)
        self.norm_c = nn.LayerNorm(hidden_size)
        if bias:
            self.bias = nn.Parameter(torch.zeros(4 * hidden_size))

    def forward(self, x: Tensor, h: Tensor, c: Tensor) -> tuple[Tensor, Tensor, dict[str, Tensor]]:
        """One time step: x (B, D), h and c (B, H) → the new h, the new c, and the gates that made them."""
        z = self.norm_ih(self.of_x(x)) + self.norm_hh(self.of_h(h))  # (B, 4H)
        if self.biased:
            z = z + self.bias
        z_i, z_f, z_c, z_o = z.chunk(4, dim=1)  # each (B, H)

        i = torch.sigmoid(z_i)  # how much of the candidate to write
        f = torch.sigmoid(z_f)  # how much old memory to keep
        c_tilde = torch.tanh(z_c)  # the content proposed
        o = torch.sigmoid(z_o)  # how much memory to show

        c = f * c + i * c_tilde  # (B, H)  memory carried on
        h = o * torch.tanh(self.norm_c(c))  # (B, H)  the part shown

        return h, c, {"f": f, "i": i, "c_tilde": c_tilde, "o": o}

    def weights(self) -> Weights:
        """See `Cell.weights`. The bias becomes `bias_ih`; `bias_hh` is zero."""
        zeros = self.of_x.weight.new_zeros(len(self.of_x.weight))
        biases = {"bias_ih": self.bias, "bias_hh": zeros} if self.biased else {}
        norms = {name: self.get_parameter(name) for name in self.kind.tensors if name.startswith("norm")}
        return {"weight_ih": self.of_x.weight, "weight_hh": self.of_h.weight, **biases, **norms}

    @torch.no_grad()
    def load(self, weights: Weights) -> None:
        """See `Cell.load`."""
        self.of_x.weight.copy_(weights["weight_ih"])
        self.of_h.weight.copy_(weights["weight_hh"])
        if self.biased and "bias_ih" in weights:
            self.bias.copy_(weights["bias_ih"] + weights["bias_hh"])
        for name in weights:
            if name.startswith("norm"):
                self.get_parameter(name).copy_(weights[name])

    def between(self, x: Tensor, before: State, values: Mapping[str, Tensor]) -> dict[str, Tensor]:
        """See `Cell.between`: the sums after they were normalised, and the memory."""
        sums = self.norm_ih(self.of_x(x)), self.norm_hh(self.of_h(before[0]))
        found = {"norm(c)": self.norm_c(values["c"])}
        for name, of_x, of_h in zip(_GATES, *(part.chunk(4, dim=1) for part in sums), strict=True):
            found |= {f"{name} of x": of_x, f"{name} of h": of_h}
        return found

    def unit_equations(self, at: UnitStep) -> list[Equation]:
        """See `Cell.unit_equations`. What is added up is normalised already: two sums and the bias."""
        lines = []
        for name in ("f", "i", "c_tilde", "o"):
            bias = [Term("bias", sum(at.rows[name].biases))] if self.biased else []
            terms = [
                Term("norm(W x)", at.between[f"{name} of x"]),
                Term("norm(R h')", at.between[f"{name} of h"]),
                *bias,
            ]
            symbol = next(each.symbol for each in self.quantities if each.name == name)
            inside = f"norm(W_{symbol}·x) + norm(R_{symbol}·h')" + f" + b_{symbol}" * self.biased
            lines.append(at.sum_of(name, terms, tuple(terms), inside))
        if at.edited:
            return lines
        shown = at.computed("h", "o*tanh(norm)", {"norm": at.between["norm(c)"]})
        return [*lines, at.computed("c"), replace(shown, symbols="h = o·tanh(norm(c))")]
