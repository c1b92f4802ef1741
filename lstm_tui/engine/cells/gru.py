"""The GRU as PyTorch computes it: two gates, one candidate, and h is the only memory.

Cho et al. 2014, in the form of cuDNN and `nn.GRU`: the reset gate is applied after the recurrent product ("reset
after"), so that U_n h' has a bias of its own inside r·(…).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable

import torch
from torch import Tensor, nn

from lstm_tui.core.kinds import KINDS
from lstm_tui.core.step import Equation
from lstm_tui.engine.cells.base import Cell, State, Weights
from lstm_tui.engine.explain.formatting import filled, in_sums, largest_first, parts, total
from lstm_tui.engine.explain.unit_step import UnitStep


class GRU(Cell):
    """Two `nn.Linear` a gate: one over what is read, one over what was remembered."""

    name = "gru"
    kind = KINDS["gru"]
    quantities = kind.quantities
    states = kind.states

    def __init__(self, input_size: int, hidden_size: int, bias: bool = True) -> None:
        super().__init__(input_size, hidden_size, bias)
        self.reset_x = nn.Linear(input_size, hidden_size, bias)
        self.update_x = nn.Linear(input_size, hidden_size, bias)
        self.new_x = nn.Linear(input_size, hidden_size, bias)
        self.reset_h = nn.Linear(hidden_size, hidden_size, bias)
        self.update_h = nn.Linear(hidden_size, hidden_size, bias)
        self.new_h = nn.Linear(hidden_size, hidden_size, bias)

    def forward(self, x: Tensor, h: Tensor) -> tuple[Tensor, dict[str, Tensor]]:
        """One time step: x (B, D) and h (B, H) → the new h, and what made it."""
        r = torch.sigmoid(self.reset_x(x) + self.reset_h(h))  # (B, H)  how much old h the candidate sees
        z = torch.sigmoid(self.update_x(x) + self.update_h(h))  # (B, H)  how much of the old h to keep
        n = torch.tanh(self.new_x(x) + r * self.new_h(h))  # (B, H)  the content proposed

        h = (1 - z) * n + z * h  # (B, H)  memory and output in one

        return h, {"r": r, "z": z, "n": n}

    def advance(self, x: Tensor, state: State) -> tuple[State, dict[str, Tensor]]:
        """One time step; the quantities are r, z, n, h, (B, H) each."""
        h, made = self(x, *state)
        return (h,), {**made, "h": h}

    x_matrices = ("reset_x.weight", "update_x.weight", "new_x.weight")

    def from_rows(self, names: Iterable[str], parts: Callable[[str], tuple[Tensor, Tensor]]) -> dict[str, Tensor]:
        """See `Cell.from_rows`: the reset gate stands before U h + d of n alone."""
        wanted = set(names)
        found = super().from_rows({"r", *wanted} - {"n"}, parts)
        if "n" in wanted:
            of_x, of_h = parts("n")
            found["n"] = torch.tanh(of_x + found["r"] * of_h)
        return found

    def unit_equations(self, at: UnitStep) -> list[Equation]:
        """See `Cell.unit_equations`. The addends of n's pre-activation hold r already: `r·h[3]` is r × U_n[3] × h'[3],
        and the bias is b + r × d, because PyTorch's second bias stands inside the bracket that r multiplies."""
        r, z, n = (at.values[name] for name in ("r", "z", "n"))
        of_x, of_h = at.addends("n")
        sums = total([term.value for term in of_x]), r, total([term.value for term in of_h])
        text = filled("n = tanh({} + {} × {}) = ", sums, n)
        reset = [
            term._replace(name="bias" if term.name == "bias" else f"r·{term.name}", value=r * term.value)
            for term in of_h
        ]
        whole = in_sums((at.x_sum, of_x), ("r·h'", reset))
        symbols = "n = tanh(W_n·x + r·U_n·h' + b_n)"
        lines = [at.row("r"), at.row("z"), Equation("n", text, n, largest_first([*reset, *of_x]), whole, symbols)]
        if at.edited:
            return lines
        old, h = at.before["h"], at.values["h"]
        shown = filled("h = (1 - {}) × {} + {} × {} = ", (z, n, z, old), h)
        shown += parts(("kept", z * old), ("new", (1 - z) * n), h)
        return [*lines, Equation("h", shown, h, symbols="h = (1 - z)·n + z·h'")]

    def weights(self) -> Weights:
        """See `Cell.weights`: rows r, z, n, and both biases."""
        of_x, of_h = (self.reset_x, self.update_x, self.new_x), (self.reset_h, self.update_h, self.new_h)
        found = {}
        for side, layers in (("ih", of_x), ("hh", of_h)):
            found[f"weight_{side}"] = torch.cat([layer.weight for layer in layers])  # (3H, D), (3H, H)
            if self.biased:
                found[f"bias_{side}"] = torch.cat([layer.bias for layer in layers])  # (3H,)
        return Weights.of(found)

    @torch.no_grad()
    def load(self, weights: Weights) -> None:
        """See `Cell.load`: both biases are taken over as they are."""
        of_x, of_h = (self.reset_x, self.update_x, self.new_x), (self.reset_h, self.update_h, self.new_h)
        for layers, weight, bias in (
            (of_x, weights.weight_ih, weights.bias_ih),
            (of_h, weights.weight_hh, weights.bias_hh),
        ):
            for layer, rows, offset in zip(layers, weight.chunk(3), bias.chunk(3), strict=True):
                layer.weight.copy_(rows)
                if self.biased:
                    layer.bias.copy_(offset)
