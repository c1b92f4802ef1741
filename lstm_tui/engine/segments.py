"""Stretches of a text that the scan reads at once, a piece at a time, so that others have their turn meanwhile."""

from __future__ import annotations

from collections.abc import Generator, Iterator
from dataclasses import dataclass
from typing import TypeVar

import torch
from torch import Tensor

from lstm_tui.core.user_cell import CellError
from lstm_tui.engine.network import Stack
from lstm_tui.engine.runners.row_runner import RowRunner

_Made = TypeVar("_Made")


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
    """The states after `stop`, with the edit that is there."""


def scan_segment(
    fast: RowRunner, indices: Tensor, start: int, stop: int, before: Stack, piece: int
) -> Generator[int, None, ScannedSegment]:
    """Reads the characters start..stop-1, `piece` at a time: gives the positions reached on the way."""
    after, parts = before, []
    for at in range(start, stop, piece):
        if at > start:
            yield at
        symbols = indices[at : min(at + piece, stop), None]
        try:
            hidden, after = fast.every_layer(symbols, after)
        except CellError as error:
            error.position = at + (error.position or 1)
            raise
        parts.append([h[:, 0] for h in hidden])
    return ScannedSegment(start, stop, before, tuple(map(torch.cat, zip(*parts, strict=True))), after)


def to_its_end(work: Generator[int, None, _Made] | Iterator[int]) -> _Made:
    """What work that is done a little at a time comes to."""
    while True:
        try:
            next(work)
        except StopIteration as end:
            return end.value  # type: ignore[no-any-return]
