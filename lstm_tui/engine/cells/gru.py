"""The GRU as PyTorch computes it: two gates, one candidate, and h is the only memory.

Cho et al. 2014, in the form of cuDNN and `nn.GRU`: the reset gate is applied after the recurrent product ("reset
after"), so that U_n h' has a bias of its own inside r·(…).
"""

from __future__ import annotations

from collections.abc import Iterable

import torch
from torch import Tensor, nn

from lstm_tui.core.kinds import KINDS
from lstm_tui.core.step import Equation
from lstm_tui.engine.cells.base import Cell, Parts, squashed_rows
from lstm_tui.engine.cells.gates import apart
from lstm_tui.engine.explain.formatting import filled, in_sums, largest_first, parts, total
from lstm_tui.engine.explain.unit_step import UnitStep


class GRU(Cell):
    """Two `nn.Linear` a gate: one over what is read, one over what was remembered."""

    name = "gru"
    kind = KINDS["gru"]
    rows = {"r": apart("reset_x", "reset_h"), "z": apart("update_x", "update_h"), "n": apart("new_x", "new_h")}

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

    def from_rows(self, names: Iterable[str], parts: Parts) -> dict[str, Tensor]:
        """See `Cell.from_rows`: the reset gate stands before U h + d of n alone."""
        wanted = set(names)
        found = squashed_rows(self.kind, {"r", *wanted} - {"n"}, parts)
        if "n" in wanted:
            of_x, of_h = parts("n")
            found["n"] = torch.tanh(of_x + found["r"] * of_h)
        return found

    def unit_equations(self, at: UnitStep) -> list[Equation]:
        """See `Cell.unit_equations`. The addends of n's pre-activation hold r already: `r·h[3]` is r × U_n[3] × h'[3],
        and the bias is b + r × d, because PyTorch's second bias is inside the bracket that r multiplies."""
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
