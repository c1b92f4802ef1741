"""A long text read as many stretches side by side: one matrix product takes a step in all of them.

Each stretch but those at the text's start begins some way before its first reported step, from the zero state, and
forgets on the way that it did: a state that depends on more of the past than that differs from one long reading.
How much is measured where stretches meet.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import torch
from torch import Tensor

from lstm_tui.engine.finding.lstm_rows import LstmRows
from lstm_tui.engine.network import Network, Stack

WARM_UP = 1024
"""Steps before a stretch that are read and not reported."""
MOST_STREAMS = 512
_PIECE = 32
"""Steps handed over together."""


@dataclass(frozen=True, eq=False)
class Piece:
    """Some steps of all streams: `values` (T, N, U) of the steps `t` (T, N), which lie before 0 where nothing is. The
    next piece has the same memory.
    """

    t: Tensor
    values: Tensor

    def rows(self) -> tuple[Tensor, Tensor]:
        """The steps that count, (n,), and their values, (n, U)."""
        there = self.t >= 0
        if bool(there.all()):
            return self.t.flatten(), self.values.flatten(0, 1)
        return self.t[there], self.values[there]


class Streams:
    """`network` reading `indices` (T,) in `count` stretches: one quantity of one layer at every step."""

    def __init__(
        self,
        network: Network,
        indices: Tensor,
        layer: int,
        quantity: str,
        count: int | None = None,
        most: int | None = None,
    ) -> None:
        """`most`: of so many steps in all, from the beginning of every stretch; None for all steps."""
        self._network, self._indices, self._layer, self._quantity = network, indices, layer, quantity
        length = len(indices)
        enough = min(MOST_STREAMS, length // (4 * WARM_UP))  # so that warming up costs a quarter at most
        self.count = max(1, min(count or enough, length)) if network.cell_type.described else 1
        self._stretch = -(-length // self.count)
        self._last = self._stretch if most is None else min(self._stretch, -(-most // self.count))
        self.seam: float | None = None
        """The largest difference of a state, where stretches meet, to what the stretch before arrives at."""

    @torch.inference_mode()
    def __iter__(self) -> Iterator[Piece]:
        network, warm_up = self._network, WARM_UP if self.count > 1 else 0
        starts = torch.arange(self.count, device=self._indices.device) * self._stretch
        stack, warmed = network.zero_state(self.count), None
        lstm = LstmRows(network, self.count) if self.count > 1 and LstmRows.fits(network) else None
        piece = network.like.new_empty(_PIECE, self.count, network.hidden_sizes[self._layer])
        for step in range(-warm_up, self._last):
            if step == 0:
                warmed = tuple(tuple(part.clone() for part in state) for state in stack)
            at = starts + step
            symbols = self._indices[at.clamp(0, len(self._indices) - 1)]
            if lstm is None:
                stack, layers = network.advance(network.inputs(symbols), stack)
            else:
                stack, layers = lstm.advance(symbols, stack)
            if step < 0:
                if bool((begins := at == -1).any()):  # the text begins there with the next step
                    stack = _zeroed(network, stack, begins)
                continue
            piece[step % _PIECE] = layers[self._layer][self._quantity]
            if (step + 1) % _PIECE == 0 or step == self._last - 1:
                first = step // _PIECE * _PIECE
                times = starts + torch.arange(first, step + 1, device=starts.device)[:, None]
                yield Piece(torch.where(times < len(self._indices), times, -1), piece[: step + 1 - first])
        if warmed is not None and self.count > 1 and self._last == self._stretch:
            self.seam = _largest_gap(stack, warmed)


def _zeroed(network: Network, stack: Stack, rows: Tensor) -> Stack:
    """The states with the zero state in some rows."""
    zero = network.zero_state(len(rows))
    return tuple(
        tuple(torch.where(rows[:, None], start, part) for start, part in zip(first, state, strict=True))
        for first, state in zip(zero, stack, strict=True)
    )


def _largest_gap(ends: Stack, starts: Stack) -> float:
    """Where stream k stops, stream k + 1 started: the largest difference of a state there."""
    gaps = [
        (end[:-1] - start[1:]).abs().max()
        for arrived, begun in zip(ends, starts, strict=True)
        for end, start in zip(arrived, begun, strict=True)
    ]
    return float(torch.stack(gaps).max())
