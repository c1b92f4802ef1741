"""Which names a condition may use: what the open model computes, and its vocabulary."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from lstm_tui.conditions.nodes import LOGITS
from lstm_tui.core.number_rows.row_sequence import RowFormat
from lstm_tui.core.quantities import SPELLINGS, Quantity

ROWS = ("x", "y", "out", "error")
"""What a model of numbers reads, should say (the target), says, and by how much it is wrong (out - y), in raw units."""
RESERVED = ("t", "step", "char", "target", "guess", "p", "loss", "entropy", "grad_norm", LOGITS, "wrong")
"""Names that mean the same for every model; a cell's own quantity of such a name is reached as `l0.t`."""
TWO = ("kl", "differs")
"""What is said of two models side by side: KL(a ‖ b) of their guesses in nats, and whether the likeliest are two."""


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
    words: bool = False
    """Whether the symbols are words."""
    rows: RowFormat | None = None
    """The columns of a model of numbers, which has no symbols."""
    classes: tuple[str, ...] = ()
    """What a classifier says: its guess and its label are of these."""
    sides: tuple[NameSpace, NameSpace] | None = None
    """Those of two models side by side, a and b, where there are two."""

    @classmethod
    def of(
        cls,
        quantities: Sequence[Quantity],
        hidden_sizes: Sequence[int],
        names: Sequence[str] | RowFormat,
        words: bool = False,
        classes: tuple[str, ...] = (),
    ) -> NameSpace:
        """The names of a stack of one kind of cell, `hidden_sizes` units a layer, that reads symbols or rows."""
        rows = names if isinstance(names, RowFormat) else None
        return cls(
            tuple({quantity.name: size for quantity in quantities} for size in hidden_sizes),
            () if isinstance(names, RowFormat) else tuple(names),
            frozenset(quantity.name for quantity in quantities if quantity.kind == "gate"),
            {quantity.name: quantity.initial for quantity in quantities if quantity.state},
            words,
            rows,
            classes,
        )

    @classmethod
    def beside(cls, a: NameSpace, b: NameSpace) -> NameSpace:
        """Of two models side by side: `a.` and `b.` say whose, and what is said of neither is a's. The symbols are a's
        and then those that b alone has."""
        union = (*a.symbols, *(symbol for symbol in b.symbols if symbol not in set(a.symbols)))
        return replace(a, symbols=union, sides=(a, b))

    def of_side(self, side: int) -> NameSpace:
        """The names of one model alone."""
        return self if self.sides is None else self.sides[side]

    @property
    def reserved(self) -> tuple[str, ...]:
        """The names besides the quantities'."""
        if self.sides is not None:
            return (*RESERVED, *TWO, "a.…", "b.…")
        if self.rows is None:
            return RESERVED
        if self.classes:
            return ("t", "step", "x", *(name for name in RESERVED if name not in ("t", "step", "char")))
        return ("t", "step", *ROWS, "loss", "grad_norm", LOGITS)

    def columns(self, name: str) -> tuple[str, ...]:
        """What the entries of a vector of `reserved` are called."""
        if self.rows is None or (self.classes and name == LOGITS):
            return self.of_side(0).outputs
        return self.rows.channels if name == "x" else self.rows.targets

    @property
    def outputs(self) -> tuple[str, ...]:
        """What the guess and the truth are of."""
        return self.classes or self.symbols

    def quantity(self, layer: int, name: str) -> str | None:
        """The layer's quantity that `name` means (`g` and `c̃` mean c_tilde), or None."""
        own = self.layers[layer]
        meant = name if name in own else SPELLINGS.get(name, name)
        return meant if meant in own else None
