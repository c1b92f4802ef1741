"""Tensors that are not in the file as they are wanted: made of strided blocks of those that are, when they are read."""

from __future__ import annotations

import math
from array import array
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from lstm_tui.checkpoints.sandbox.limits import Unreadable
from lstm_tui.checkpoints.sandbox.tensors import ITEM_SIZES, Storage, Tensor

_CODES = {2: "H", 4: "I", 8: "Q"}
"""Numbers are moved and never looked at."""


@dataclass(frozen=True, eq=False)
class Strided:
    """`rows` x `columns` numbers of `source`, read row by row; zeros where there is none."""

    source: Tensor | None
    offset: int
    rows: int
    columns: int
    row_step: int
    column_step: int

    @property
    def numel(self) -> int:
        """How many numbers it is."""
        return self.rows * self.columns


class Rearranged:
    """The tensors made so far; `read` reads them, and those of the file, through `below`."""

    def __init__(self, below: Callable[[Storage], bytes]) -> None:
        self._below = below
        self._made: dict[str, Sequence[Strided]] = {}

    def tensor(self, shape: tuple[int, ...], blocks: Sequence[Strided]) -> Tensor:
        """A tensor whose numbers, in C order, are those of the blocks, one after the other."""
        types = {block.source.dtype for block in blocks if block.source is not None}
        if len(types) != 1 or sum(block.numel for block in blocks) != math.prod(shape):
            raise Unreadable("has weights of several types or sizes in one layer; save it again")
        dtype = types.pop()
        key = f"\0{len(self._made)}"  # no name in a file
        self._made[key] = blocks
        strides = tuple(math.prod(shape[at + 1 :]) for at in range(len(shape)))
        return Tensor(Storage(key, dtype, math.prod(shape)), 0, shape, strides, dtype)

    def read(self, storage: Storage) -> bytes:
        """All bytes of a storage, made or of the file."""
        blocks = self._made.get(storage.key)
        if blocks is None:
            return self._below(storage)
        size = ITEM_SIZES[storage.dtype]
        made, held, of = array(_CODES[size]), array(_CODES[size]), None
        for block in blocks:
            if block.source is None or block.source.storage is None:
                made.frombytes(bytes(block.numel * size))
                continue
            if block.source is not of:
                of, held = block.source, array(_CODES[size])
                held.frombytes(self._below(block.source.storage))
            for row in range(block.rows):
                begin = block.offset + row * block.row_step
                end = begin + (block.columns - 1) * block.column_step + 1
                made.extend(held[begin : end : block.column_step])
        return made.tobytes()


def transposed(source: Tensor) -> Strided:
    """A matrix (A, B) as (B, A)."""
    rows, columns = source.shape
    return Strided(source, 0, columns, rows, 1, columns)


def stretch(source: Tensor, offset: int, count: int) -> Strided:
    """`count` numbers one after the other."""
    return Strided(source, offset, 1, count, 0, 1)


def zeros(count: int) -> Strided:
    """That many zeros."""
    return Strided(None, 0, 1, count, 0, 1)
