"""Networks whose gates see only what is read: all steps at once, by a parallel scan.

h_t = a_t · h_{t-1} + b_t is a chain of maps of one kind, and two of them one after the other are one more of that kind:
(a, b) then (a', b') is (a'·a, a'·b + b'). So pieces of the text are chained side by side, then joined (Blelloch 1990).
"""

from __future__ import annotations

import math
from typing import Any

import torch
from torch import Tensor
from torch.autograd.function import once_differentiable
from torch.nn import functional

from lstm_tui.core.formulas import read_formula
from lstm_tui.engine.cells.base import Cell
from lstm_tui.engine.network import Network, Stack
from lstm_tui.engine.runners.unfused_network import UnfusedNetwork

WIDE_STEP = 512
"""Numbers of a step, streams times units, from which on steps are taken one after the other."""


class ScannedNetwork(UnfusedNetwork):
    """`model`'s own cells, each run over all time steps before the next. Works on a copy, as `FusedNetwork` does."""

    def forward(self, x: Tensor, stack: Stack) -> tuple[Tensor, Stack]:
        """See `UnfusedNetwork.forward`."""
        rows, states = x, []
        for cell, (before,) in zip(self.model.cells, stack, strict=True):
            looked_up = not rows.is_floating_point() and rows.numel() >= self.model.input_size
            if looked_up:  # the gates are a table with a row a symbol: computed once, not once a step
                table = _chain(cell, self.model.inputs(torch.arange(self.model.input_size, device=rows.device)))
                keep, write = (functional.embedding(rows, each) for each in table)
            else:
                if not rows.is_floating_point():
                    rows = self._read(rows)
                flat = _chain(cell, rows.flatten(0, 1))
                keep, write = (each.reshape(*rows.shape[:2], each.shape[-1]) for each in flat)
            rows = scan(keep, write, before)
            states.append((rows[-1] if len(rows) else before,))
        return rows, tuple(states)

    def _read(self, symbols: Tensor) -> Tensor:
        """Symbols (T, B) → rows (T, B, D)."""
        rows = self.model.inputs(symbols.flatten())
        return rows.reshape(*symbols.shape, rows.shape[-1])

    def piece(self) -> int:
        """See `UnfusedNetwork.piece`: all steps of a block."""
        return 256


def _chain(cell: Cell, rows: Tensor) -> tuple[Tensor, Tensor]:
    """What each step keeps of the cell's memory, and what it writes: rows (n, D) → (n, H) each."""
    memory = cell.kind.memories[0]
    _, made = cell.advance(rows, cell.zero_state(len(rows)))  # what a gate is does not hang on h
    keep, write = (read_formula(part).value(made, {}) for part in (memory.keep, memory.write))
    return keep, write


def scan(keep: Tensor, write: Tensor, before: Tensor) -> Tensor:
    """h_t = keep_t · h_{t-1} + write_t for all t at once: (T, B, H) each, from `before` (B, H) → (T, B, H)."""
    found: Tensor = _Scan.apply(keep, write, before)  # type: ignore[no-untyped-call]
    return found


class _Scan(torch.autograd.Function):
    """The chain, whose derivative is one more chain, backwards: autograd would remember every round of it."""

    @staticmethod
    def forward(ctx: Any, keep: Tensor, write: Tensor, before: Tensor) -> Tensor:
        states = _chained(keep, write, before)
        ctx.save_for_backward(keep, states, before)
        return states

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, slope: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        keep, states, before = ctx.saved_tensors
        if not len(keep):
            return keep, states, torch.zeros_like(before)
        if _is_wide(keep):
            of_writes = torch.empty_like(slope)
            of_writes[-1] = slope[-1]
            for at in reversed(range(len(keep) - 1)):
                torch.addcmul(slope[at], keep[at + 1], of_writes[at + 1], out=of_writes[at])
        else:
            passed = torch.cat([keep[1:], torch.zeros_like(keep[:1])])  # what a slope comes back to each step through
            of_writes = _chained(passed.flip(0), slope.flip(0), torch.zeros_like(before)).flip(0)
        of_keeps = torch.empty_like(keep)
        torch.mul(of_writes[0], before, out=of_keeps[0])
        torch.mul(of_writes[1:], states[:-1], out=of_keeps[1:])
        return of_keeps, of_writes, keep[0] * of_writes[0]


def _is_wide(rows: Tensor) -> bool:
    """Whether a step is so much work that steps side by side gain nothing."""
    return rows[0].numel() >= WIDE_STEP


def _chained(keep: Tensor, write: Tensor, before: Tensor) -> Tensor:
    """All pieces of about √T steps at once, step by step; then from piece to piece what each one starts with."""
    if len(keep) and _is_wide(keep):
        states, start = torch.empty_like(write), before
        for at in range(len(keep)):
            start = torch.addcmul(write[at], keep[at], start, out=states[at])
        return states
    steps = len(keep)
    size = max(1, math.isqrt(steps))
    pieces = -(-steps // size)
    missing = pieces * size - steps
    if missing:
        keep, write = (torch.cat([rows, torch.zeros_like(rows[:1]).expand(missing, *rows.shape[1:])])
                       for rows in (keep, write))  # fmt: skip
    keep, write = (rows.reshape(pieces, size, *rows.shape[1:]) for rows in (keep, write))
    states, kept = torch.empty_like(write), torch.empty_like(keep)
    for at in range(size):
        if at:
            torch.addcmul(write[:, at], keep[:, at], states[:, at - 1], out=states[:, at])
            torch.mul(keep[:, at], kept[:, at - 1], out=kept[:, at])
        else:
            states[:, 0], kept[:, 0] = write[:, 0], keep[:, 0]
    start = before
    for piece in range(pieces):
        states[piece].addcmul_(kept[piece], start)
        start = states[piece, -1]
    return states.flatten(0, 1)[:steps]


def reads_input_only(model: Network) -> bool:
    """Whether no gate of the model's cells sees h, so that their memory is such a chain."""
    kind = model.cell_type.kind
    return model.cell_type.described and "weight_hh" not in kind.tensors and kind.states == ("h",)
