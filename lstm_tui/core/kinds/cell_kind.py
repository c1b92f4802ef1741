"""What is known of a cell before torch is there to make one: the description of a kind, and of who implements it.

A kind is a function: cells of one kind compute the same, and their weights go from one to the other.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Literal

from lstm_tui.core.quantities import Quantity

Size = tuple[int, Literal["D", "H"]]
"""So many times as many as what a layer reads (D) or remembers (H)."""


def stacked(blocks: int) -> dict[str, tuple[Size, ...]]:
    """PyTorch's layout: a block of H rows after the other, for x and for h, and two biases."""
    rows: Size = (blocks, "H")
    return {"weight_ih": (rows, (1, "D")), "weight_hh": (rows, (1, "H")), "bias_ih": (rows,), "bias_hh": (rows,)}


_SQUASHED = {
    "sigmoid": "σ(…)",
    "tanh": "tanh(…)",
    "hard_sigmoid": "hard σ(…)",
    "hard_sigmoid_6": "hard σ(…)",
    "relu": "relu(…)",
    None: "W x + R h' + b",
}
"""How a row of the weights is written, by what squashes it."""


def spelled(name: str, symbols: Mapping[str, str]) -> str:
    """A name in a formula as a reader writes it: `c̃`, `c'`, `z_f`."""
    plain = name.rstrip("'")
    return symbols.get(plain, plain) + name[len(plain) :]


@dataclass(frozen=True)
class Memory:
    """A state that is a sum: what was kept of it and what is written now, as `core.formulas`."""

    state: str
    keep: str
    """The share of the old state that stays: `f`."""
    write: str
    """What is added to it: `i*c_tilde`."""


@dataclass(frozen=True, eq=False)
class CellKind:
    """One function of x and the states before."""

    name: str
    words: str
    """What a file with such layers holds: `an LSTM`."""
    quantities: tuple[Quantity, ...]
    """In the order of the panels."""
    states: tuple[str, ...]
    """What is carried from step to step, h first."""
    gate_rows: tuple[str, ...]
    """Which quantity each block of H rows of the weights makes, in the order in which they are stacked."""
    tensors: dict[str, tuple[Size, ...]]
    """Every tensor of a layer and its shape; those called `bias…` may be absent."""
    native: str
    """The implementation that reads other people's weights of this kind."""
    fused: str | None = None
    """The class of `torch.nn` that computes it for many steps at once."""
    right_sides: Mapping[str, str] = field(default_factory=dict)
    """Quantity → the right side of its equation, where that is not its formula nor its row squashed as usual."""
    formulas: Mapping[str, str] = field(default_factory=dict)
    """Quantity → how it is computed of others, for those that are no squashed row of the weights. A prime marks a state
    before the step; `z_f` is the pre-activation of the row f."""
    rows_made: Mapping[str, str] = field(default_factory=dict)
    """Row → how it is made, where it is not its pre-activation squashed: a formula of `z_n`, or of its parts `x_n`
    (W x + b) and `u_n` (U h' + d), of quantities, states and the layer's vectors."""
    recalled: Mapping[str, str] = field(default_factory=dict)
    """Row → what U is multiplied with instead of h', as a formula."""
    elementwise: bool = True
    """Whether these say everything about it: False where units of one vector are mixed otherwise than by W and U."""
    memories: tuple[Memory, ...] = ()
    """The states that are a sum of what was written into them."""
    roles: Mapping[str, str] = field(default_factory=dict)
    """What those of the tensors do that are no rows: `c' → i`."""

    @cached_property
    def equations(self) -> Mapping[str, str]:
        """Quantity → its equation in symbols, which stands for a line of the cell's code: `c = f·c' + i·c̃`."""
        from lstm_tui.core.formulas import read_formula  # not before it is asked for: the first frame needs none

        symbols = {quantity.name: quantity.symbol for quantity in self.quantities}
        made = {
            name: read_formula(formula).text(lambda each: spelled(each, symbols))
            for name, formula in self.formulas.items()
        }
        usual = {q.name: _SQUASHED[q.squash] for q in self.quantities if q.name in self.gate_rows}
        right = {**usual, **made, **self.right_sides}
        return {name: f"{symbol} = {right[name]}" for name, symbol in symbols.items() if name in right}

    @property
    def row_letters(self) -> str:
        """The rows as PyTorch's documentation calls them: it writes g for c̃."""
        return ", ".join("g" if name == "c_tilde" else name for name in self.gate_rows)

    def shapes(self, inputs: int, units: int, biased: bool) -> dict[str, tuple[int, ...]]:
        """Tensor → its shape in a layer that reads D = `inputs` numbers into H = `units`."""
        sizes = {"D": inputs, "H": units}
        return {
            name: tuple(count * sizes[of] for count, of in shape)
            for name, shape in self.tensors.items()
            if biased or not name.startswith("bias")
        }

    def measured(self) -> tuple[str, int, int]:
        """The tensor that says how many units a layer has: which, along which of its axes, times how many."""
        sized = [(count, name, axis) for name, shape in self.tensors.items()
                 for axis, (count, of) in enumerate(shape) if of == "H"]  # fmt: skip
        count, name, axis = min(sized, key=lambda each: each[0])
        return name, axis, count

    def in_file(self, tensor: str, layer: int) -> str:
        """What a layer's tensor is called in a model file: PyTorch's own name where it has such layers."""
        return f"cell.{layer}.{tensor}" if self.fused is None else f"{self.name}.{tensor}_l{layer}"


@dataclass(frozen=True, eq=False)
class Implementation:
    """A cell that has a name."""

    summary: str
    kind: CellKind
    home: str
    """Module and class in `engine.cells`."""
    one_bias: bool = False
    """Whether it has the sum of PyTorch's two biases instead of both."""
    group: str = ""
    """Under which heading `lstm-tui cells` lists it."""
