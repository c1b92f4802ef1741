"""The steps of one block that were stepped: their states, and what cells named that cannot be recomputed afterwards."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from torch import Tensor

from lstm_tui.core.clamps import Clamp
from lstm_tui.engine.cells import Cell
from lstm_tui.engine.network import Stack

Named = Mapping[str, Tensor]
"""Quantity → (1, H)."""


@dataclass(eq=False)
class Block:
    """The states after the block's first position and after those stepped so far.

    `named` holds, for the steps after that first position, what each layer's cell named; nothing of cells whose gates
    follow from their weights and h.
    """

    stacks: list[Stack]
    named: list[tuple[Named, ...]] = field(default_factory=list)

    def __len__(self) -> int:
        return len(self.stacks)

    def knows_more(self, other: Block | None) -> bool:
        """Whether more has been stepped here than there."""
        return other is None or (len(self.stacks), len(self.named)) > (len(other.stacks), len(other.named))

    def copy(self) -> Block:
        """A copy that another owner can extend."""
        return Block(list(self.stacks), list(self.named))

    def cut(self, offset: int) -> None:
        """Forget the states from `offset` steps after the first position on, and the steps that led to them."""
        del self.stacks[offset:], self.named[max(offset - 1, 0) :]


def only_named(cells: Sequence[Cell], layers: Sequence[Named]) -> tuple[Named, ...]:
    """What has to be kept of a step besides its states."""
    return tuple(
        {}
        if cell.described
        # Copies: a cell may continue writing into the tensor that it showed.
        else {name: value.clone() for name, value in values.items() if name not in cell.states}
        for cell, values in zip(cells, layers, strict=True)
    )


@dataclass(frozen=True, eq=False)
class StepTensors:
    """Everything about one position, as tensors."""

    layers: tuple[dict[str, Tensor], ...]
    """Each layer's quantities, (1, H) each; at position 0 only its states."""
    before: Stack
    """The states the step started from; the zero state itself at position 0."""
    after: Stack
    """The states the next step starts from."""
    logits: Tensor | None  # (1, V); None without an output layer
    inputs: tuple[Tensor, ...]
    """What each layer read, (1, D) each: the symbol, then the h of the layer below; nothing at position 0."""
    edited: bool
    clamps: tuple[Clamp, ...] = ()
    """What was held."""
