"""Stretches of a text that the scan reads at once, a piece at a time, so that others have their turn meanwhile."""

from __future__ import annotations

from collections.abc import Generator, Iterator
from dataclasses import dataclass
from typing import TypeVar

import torch
from torch import Tensor

from lstm_tui.core.user_cell import CellError
from lstm_tui.engine.fused_network import FastRows
from lstm_tui.engine.network import CharLSTM, Stack
from lstm_tui.engine.unfused_network import Stepped
from lstm_tui.engine.wide import MOST, WIDE

_Made = TypeVar("_Made")
_PIECE = 150_000_000
"""Multiplications that the scan may do in one go: some hundredths of a second, in which nobody else has a turn."""
_LEAST_PIECE, _CELL_PIECE, _WIDE_PIECE = 8, 16, 64
"""Steps in one go: of the largest model; of cells that are run one by one; of a look-up of symbols."""


@dataclass(frozen=True, eq=False)
class ScannedSegment:
    """The characters `start`..`stop` - 1 read at once by the scan, with no edit on the way."""

    start: int
    stop: int
    before: Stack
    """The states after position `start`."""
    hidden: tuple[Tensor, ...]
    """Each layer's h as computed after the positions start+1..stop, (n, H); () for a model without a fused form."""
    after: Stack
    """The states after `stop`, with the edit that stands there."""


def scan_segment(
    fast: FastRows | Stepped, indices: Tensor, start: int, stop: int, before: Stack, piece: int
) -> Generator[int, None, ScannedSegment]:
    """Reads the characters start..stop-1, `piece` at a time: gives the positions reached on the way."""
    after, parts = before, []
    for at in range(start, stop, piece):
        if at > start:
            yield at
        symbols = indices[at : min(at + piece, stop), None]
        try:
            if isinstance(fast, FastRows):
                hidden, after = fast.every_layer(symbols, after)
                parts.append([h[:, 0] for h in hidden])
            else:
                after = fast(symbols, after)[1]
        except CellError as error:
            error.position = at + (error.position or 1)
            raise
    return ScannedSegment(start, stop, before, tuple(map(torch.cat, zip(*parts, strict=True))), after)


def piece(model: CharLSTM, fast: FastRows | Stepped) -> int:
    """Steps that the scan takes in one go. It depends on the model alone, for the scan's numbers depend on it."""
    if not isinstance(fast, FastRows):
        return _CELL_PIECE
    weights = sum(p.numel() for layer in fast.layers for p in layer.parameters() if p.dim() == 2)
    wide = model.embedding is None and model.input_size >= WIDE
    if wide:
        weights -= fast.layers[0].get_parameter("weight_ih_l0").numel()
    most = max(_LEAST_PIECE, _PIECE // max(weights, 1))
    return max(1, min(most, _WIDE_PIECE, MOST // model.input_size)) if wide else most


def to_its_end(work: Generator[int, None, _Made] | Iterator[int]) -> _Made:
    """What work that is done a little at a time comes to."""
    while True:
        try:
            next(work)
        except StopIteration as end:
            return end.value  # type: ignore[no-any-return]
