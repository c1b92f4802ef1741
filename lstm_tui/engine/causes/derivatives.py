"""The derivatives by everything that a run of steps computed."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cached_property

from torch import Tensor


@dataclass(frozen=True, eq=False)
class StepGradient:
    """The derivatives by what one step computed."""

    position: int
    layers: tuple[dict[str, Tensor], ...]
    """Each layer's, by quantity: (1, H) each."""
    by_x: Callable[[], Tensor]

    @property
    def x(self) -> Tensor:
        """By what the first layer read, (1, D): a one-hot row, an embedding's or a row of numbers."""
        return self.by_x()


@dataclass(eq=False)
class BlockGradients:
    """The derivatives by what T steps computed, the first of them at position `first`."""

    first: int
    layers: tuple[dict[str, Tensor], ...]
    """Each layer's, by quantity: (T, H) each."""
    by_x: Callable[[], Tensor]

    @cached_property
    def x(self) -> Tensor:
        """By what the first layer read, (T, D). Worked out when it is first asked for: D may be a vocabulary's size."""
        return self.by_x()

    def steps(self) -> Iterator[StepGradient]:
        """One by one."""
        for at in range(len(next(iter(self.layers[0].values())))):
            yield self.step(self.first + at)

    def step(self, position: int) -> StepGradient:
        """The one at `position`."""
        one = slice(position - self.first, position - self.first + 1)
        layers = tuple({name: rows[one] for name, rows in layer.items()} for layer in self.layers)
        return StepGradient(position, layers, lambda: self.x[one])
