"""Which names a condition may use: what the open model computes, and its vocabulary."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from lstm_tui.conditions.nodes import LOGITS
from lstm_tui.core.quantities import SPELLINGS, Quantity

RESERVED = ("t", "step", "char", "target", "guess", "p", "loss", "entropy", LOGITS, "wrong")
"""Names that mean the same for every model; a cell's own quantity of such a name is reached as `l0.t`."""


@dataclass(frozen=True, eq=False)
class NameSpace:
    """The quantities of each layer with their numbers of units, and the symbols."""

    layers: tuple[Mapping[str, int], ...]
    """For each layer: quantity → units, in panel order."""
    symbols: tuple[str, ...]
    gates: frozenset[str]
    """Quantities between 0 and 1."""
    states: Mapping[str, float]
    """Quantities that are there before the first step, and what they are then."""

    @classmethod
    def of(cls, quantities: Sequence[Quantity], hidden_sizes: Sequence[int], symbols: Sequence[str]) -> NameSpace:
        """The names of a stack of one kind of cell, `hidden_sizes` units a layer."""
        return cls(
            tuple({quantity.name: size for quantity in quantities} for size in hidden_sizes),
            tuple(symbols),
            frozenset(quantity.name for quantity in quantities if quantity.kind == "gate"),
            {quantity.name: quantity.initial for quantity in quantities if quantity.state},
        )

    def quantity(self, layer: int, name: str) -> str | None:
        """The layer's quantity that `name` means (`g` and `c̃` mean c_tilde), or None."""
        own = self.layers[layer]
        meant = name if name in own else SPELLINGS.get(name, name)
        return meant if meant in own else None
