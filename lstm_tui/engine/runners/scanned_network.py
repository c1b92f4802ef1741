"""Networks whose gates see only what is read: all steps at once, by a parallel scan.

h_t = a_t · h_{t-1} + b_t is a chain of maps of one kind, and two of them one after the other are one more of that kind:
(a, b) then (a', b') is (a'·a, a'·b + b'). So 2^k steps are joined in k rounds (Hillis & Steele 1986; Blelloch 1990).
"""

from __future__ import annotations

import torch
from torch import Tensor

from lstm_tui.core.formulas import read_formula
from lstm_tui.engine.cells.base import Cell
from lstm_tui.engine.network import Network, Stack
from lstm_tui.engine.runners.unfused_network import UnfusedNetwork


class ScannedNetwork(UnfusedNetwork):
    """`model`'s own cells, each run over all time steps before the next. Works on a copy, as `FusedNetwork` does."""

    def forward(self, x: Tensor, stack: Stack) -> tuple[Tensor, Stack]:
        """See `UnfusedNetwork.forward`."""
        rows = x if x.is_floating_point() else self._read(x)
        states = []
        for cell, (before,) in zip(self.model.cells, stack, strict=True):
            rows = _over_time(cell, rows, before)
            states.append((rows[-1] if len(rows) else before,))
        return rows, tuple(states)

    def _read(self, symbols: Tensor) -> Tensor:
        """Symbols (T, B) → rows (T, B, D)."""
        rows = self.model.inputs(symbols.flatten())
        return rows.reshape(*symbols.shape, rows.shape[-1])

    def piece(self) -> int:
        """See `UnfusedNetwork.piece`: all steps of a block."""
        return 256


def _over_time(cell: Cell, rows: Tensor, before: Tensor) -> Tensor:
    """The cell's memory after every step: rows (T, B, D), the memory before (B, H) → (T, B, H)."""
    memory = cell.kind.memories[0]
    steps, batch = rows.shape[:2]
    _, made = cell.advance(rows.flatten(0, 1), cell.zero_state(steps * batch))  # what a gate is does not hang on h
    gates = {name: value.reshape(steps, batch, value.shape[-1]) for name, value in made.items()}
    keep, write = (read_formula(part).value(gates, {}) for part in (memory.keep, memory.write))
    return scan(keep, write, before)


def scan(keep: Tensor, write: Tensor, before: Tensor) -> Tensor:
    """h_t = keep_t · h_{t-1} + write_t for all t at once: (T, B, H) each, from `before` (B, H) → (T, B, H)."""
    span = 1
    while span < len(keep):
        write = torch.cat([write[:span], keep[span:] * write[:-span] + write[span:]])
        keep = torch.cat([keep[:span], keep[span:] * keep[:-span]])
        span *= 2
    return keep * before + write


def reads_input_only(model: Network) -> bool:
    """Whether no gate of the model's cells sees h, so that their memory is such a chain."""
    kind = model.cell_type.kind
    return model.cell_type.described and "weight_hh" not in kind.tensors and kind.states == ("h",)
