"""The LSTM whose gates also see the cell: i and f the old one, o the new one, each unit its own.

Gers & Schmidhuber 2000, "Recurrent nets that time and count"; the three peepholes are diagonal, as there.
"""

from __future__ import annotations

import math

import torch
from torch import Tensor, nn

from lstm_tui.core.kinds import KINDS
from lstm_tui.core.step import Equation, Term
from lstm_tui.engine.cells.base import Cell
from lstm_tui.engine.cells.gates import joined
from lstm_tui.engine.explain.lstm_equations import memory_equations
from lstm_tui.engine.explain.unit_step import UnitStep


class Peephole(Cell):
    """Four `nn.Linear`, each over the joined [h, x], and three vectors (H,) through which gates see c."""

    name = "peephole"
    kind = KINDS["peephole"]
    rows = {
        "i": joined("input", x_first=False),
        "f": joined("forget", x_first=False),
        "c_tilde": joined("candidate", x_first=False),
        "o": joined("output", x_first=False),
    }

    def __init__(self, input_size: int, hidden_size: int, bias: bool = True) -> None:
        super().__init__(input_size, hidden_size, bias)
        self.forget = nn.Linear(hidden_size + input_size, hidden_size, bias)
        self.input = nn.Linear(hidden_size + input_size, hidden_size, bias)
        self.candidate = nn.Linear(hidden_size + input_size, hidden_size, bias)
        self.output = nn.Linear(hidden_size + input_size, hidden_size, bias)
        edge = 1 / math.sqrt(hidden_size)  # as PyTorch draws the other weights of its cells
        self.peephole_i = nn.Parameter(torch.empty(hidden_size).uniform_(-edge, edge))
        self.peephole_f = nn.Parameter(torch.empty(hidden_size).uniform_(-edge, edge))
        self.peephole_o = nn.Parameter(torch.empty(hidden_size).uniform_(-edge, edge))

    def forward(self, x: Tensor, h: Tensor, c: Tensor) -> tuple[Tensor, Tensor, dict[str, Tensor]]:
        """One time step: x (B, D), h and c (B, H) → the new h, the new c, and the gates that made them."""
        hx = torch.cat([h, x], dim=1)  # (B, H + D)

        f = torch.sigmoid(self.forget(hx) + self.peephole_f * c)  # (B, H)  how much old memory to keep
        i = torch.sigmoid(self.input(hx) + self.peephole_i * c)  # (B, H)  how much of the candidate to write
        c_tilde = torch.tanh(self.candidate(hx))  # (B, H)  the content proposed

        c = f * c + i * c_tilde  # (B, H)  memory carried on
        o = torch.sigmoid(self.output(hx) + self.peephole_o * c)  # (B, H)  how much of the new memory to show
        h = o * torch.tanh(c)  # (B, H)  the part shown

        return h, c, {"f": f, "i": i, "c_tilde": c_tilde, "o": o}

    def unit_equations(self, at: UnitStep) -> list[Equation]:
        """See `Cell.unit_equations`. `c'` and `c` among the addends are what came through the peepholes."""
        old = at.before["c"]
        lines = [at.row(name, Term("c'", at.own[f"peephole_{name}"] * old, old)) for name in ("f", "i")]
        lines.append(at.row("c_tilde"))
        if at.edited:
            return lines
        memory, shown = memory_equations(at)
        return [*lines, memory, at.row("o", Term("c", at.own["peephole_o"] * at.values["c"], at.values["c"])), shown]
