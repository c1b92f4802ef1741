"""PyTorch's own cell, `nn.LSTMCell`, with the gates that it keeps to itself.

Its kernel returns h and c alone. What it does on a CPU is done here, operation by operation and in its order, so that
the gates shown are those that made h and c; a test holds that h and c are the kernel's to the last bit.
"""

from __future__ import annotations

import re
from functools import partial
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional

from lstm_tui.engine.cells.base import LSTMCell, State
from lstm_tui.engine.cells.gates import Weights, with_biases
from lstm_tui.engine.cells.held import FREE, Held
from lstm_tui.engine.stepping.source_trace import TracedLayer, trace_equations

_WITHOUT_BIAS = re.compile(r" \+ [bd]_\w")


class Builtin(LSTMCell):
    """`nn.LSTMCell`: two biases, rows i, f, g, o. Its h and c are the kernel's, bit for bit."""

    name = "builtin"
    opaque = True
    equations: tuple[tuple[str, str], ...] = (
        ("f", "f = σ(W_f x + b_f + U_f h' + d_f)"),
        ("i", "i = σ(W_i x + b_i + U_i h' + d_i)"),
        ("c_tilde", "c̃ = tanh(W_g x + b_g + U_g h' + d_g)"),
        ("o", "o = σ(W_o x + b_o + U_o h' + d_o)"),
        ("c", "c = f·c' + i·c̃"),
        ("h", "h = o·tanh c"),
    )

    def __init__(self, input_size: int, hidden_size: int, bias: bool = True) -> None:
        super().__init__(input_size, hidden_size, bias)
        self.cell = nn.LSTMCell(input_size, hidden_size, bias)
        if not bias:
            self.equations = tuple((name, _WITHOUT_BIAS.sub("", text)) for name, text in self.equations)

    def forward(self, x: Tensor, h: Tensor, c: Tensor) -> tuple[Tensor, Tensor, dict[str, Tensor]]:
        """One time step: x (B, D), h and c (B, H) → the new h, the new c, and the gates that made them."""
        own: dict[str, Any] = self.cell._parameters  # as attributes they cost as much as a gate
        z = functional.linear(h, own["weight_hh"], own["bias_hh"])  # (B, 4H)
        z.add_(functional.linear(x, own["weight_ih"], own["bias_ih"]))
        z_i, z_f, z_c, z_o = z.chunk(4, dim=1)  # each (B, H)

        # Each by itself, as the kernel does: over all of z at once the last bit of some is another.
        f = torch.sigmoid(z_f)
        i = torch.sigmoid(z_i)
        c_tilde = torch.tanh(z_c)
        o = torch.sigmoid(z_o)

        c = f * c + i * c_tilde
        h = o * c.tanh()

        return h, c, {"f": f, "i": i, "c_tilde": c_tilde, "o": o}

    def source_trace(self, x: Tensor, state: State, held: Held = FREE) -> TracedLayer:
        """See `Cell.source_trace`: its code is inside torch, so its equations stand for it."""
        return trace_equations(self.name, self.equations, partial(self.advance, held=held), x, state)

    @property
    def x_matrices(self) -> tuple[str, ...]:
        """See `Cell.x_matrices`."""
        return ("cell.weight_ih",)

    def weights(self) -> Weights:
        """See `Cell.weights`: the cell's own tensors as they are."""
        return dict(self.cell.named_parameters())

    @torch.no_grad()
    def load(self, weights: Weights) -> None:
        """See `Cell.load`: both biases are taken over as they are."""
        given = with_biases(weights)
        for name, parameter in self.cell.named_parameters():
            parameter.copy_(given[name])
