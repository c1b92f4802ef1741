"""What every cell promises, and the one layout in which cells hand each other their weights."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from typing import ClassVar, Self

import torch
from torch import Tensor, nn

from lstm_tui.core.errors import UserError
from lstm_tui.core.kinds import KINDS, CellKind
from lstm_tui.core.quantities import Quantity
from lstm_tui.core.step import Equation
from lstm_tui.core.vocabulary import visible
from lstm_tui.engine.explain.lstm_equations import lstm_equations
from lstm_tui.engine.explain.unit_step import UnitStep
from lstm_tui.engine.stepping.source_trace import TracedLayer, trace_forward

State = tuple[Tensor, ...]
"""What a cell carries from one time step to the next, each (B, H): (h, c) for an LSTM."""
SQUASHES: dict[str | None, Callable[[Tensor], Tensor]] = {
    "sigmoid": torch.sigmoid,
    "tanh": torch.tanh,
    None: lambda z: z,
}
"""By the names that `Quantity.squash` gives them."""


@dataclass(frozen=True, eq=False)
class Weights:
    """One recurrent layer in PyTorch's own layout: G = 4 blocks of rows for an LSTM, 3 (r, z, n) for a GRU."""

    weight_ih: Tensor  # (GH, D)
    weight_hh: Tensor  # (GH, H)
    bias_ih: Tensor  # (GH,)
    bias_hh: Tensor  # (GH,)
    biased: bool = True
    """False for a layer without biases: both are zeros then, and stay zeros."""

    @classmethod
    def of(cls, tensors: Mapping[str, Tensor]) -> Self:
        """Out of a layer's tensors by name; zeros in the place of biases that it does not have."""
        of_x, of_h = tensors["weight_ih"], tensors["weight_hh"]
        zeros = of_h.new_zeros(len(of_h))
        return cls(of_x, of_h, tensors.get("bias_ih", zeros), tensors.get("bias_hh", zeros), "bias_ih" in tensors)

    def named(self) -> dict[str, Tensor]:
        """The layer's tensors by name, without biases that it does not have."""
        tensors = {"weight_ih": self.weight_ih, "weight_hh": self.weight_hh}
        return tensors | ({"bias_ih": self.bias_ih, "bias_hh": self.bias_hh} if self.biased else {})

    def detached(self) -> Self:
        """Copies of the tensors, through which nothing is differentiated."""
        return self.of({name: tensor.detach().clone() for name, tensor in self.named().items()})

    @property
    def bias(self) -> Tensor:
        """The bias an LSTM's pre-activation really gets: the two are simply added. (4H,)"""
        return self.bias_ih + self.bias_hh


class LSTMWeights(Weights):
    """One LSTM layer: rows i, f, g, o (PyTorch writes g for c̃)."""


class Cell(nn.Module):
    """A recurrent cell the debugger can step: it names its quantities and carries its states.

    Attributes: `input_size` D and `hidden_size` H, in units; `biased`, whether its layers have biases.
    """

    name: ClassVar[str]
    kind: ClassVar[CellKind]
    """Which function it computes: weights are carried only between cells of one kind."""
    described: ClassVar[bool] = True
    """Whether it surely computes what its kind says, any number of rows at once. Nobody can vouch for a user's own."""
    quantities: ClassVar[tuple[Quantity, ...]]
    states: ClassVar[tuple[str, ...]]
    """What is carried from step to step, h first."""
    x_matrices: ClassVar[tuple[str, ...]] = ()
    """The weights that x is multiplied with, alone or joined with h; none where nobody says."""
    x_first: ClassVar[bool] = True
    """Whether x is the first that they are multiplied with."""

    def __init__(self, input_size: int, hidden_size: int, bias: bool = True) -> None:
        super().__init__()
        self.input_size = input_size
        self.hidden_size = hidden_size
        self.biased = bias

    def zero_state(self, batch: int = 1) -> State:
        """The state before any character: zeros, (batch, H) each."""
        zeros = next(self.parameters()).new_zeros(batch, self.hidden_size)
        return tuple(zeros for _ in self.states)

    def advance(self, x: Tensor, state: State) -> tuple[State, dict[str, Tensor]]:
        """One time step through the cell's own `forward`: x (B, D) → the new state and every quantity, (B, H) each."""
        raise NotImplementedError

    def carry(self, x: Tensor, state: State) -> State:
        """One time step of which only the new state is wanted."""
        return self.advance(x, state)[0]

    def source_trace(self, x: Tensor, state: State) -> TracedLayer:
        """One time step line by line: x (1, D), (1, H) each state."""
        return trace_forward(type(self), self.quantities, self.kind.equations, self.advance, x, state)

    def from_rows(self, names: Iterable[str], parts: Callable[[str], tuple[Tensor, Tensor]]) -> dict[str, Tensor]:
        """The quantities `names` of many steps, all of them rows of the weights: `parts` gives W x + b and U h + d of
        one of them."""
        squash = {q.name: SQUASHES[q.squash] for q in self.kind.quantities}
        return {name: squash[name](torch.add(*parts(name))) for name in names}

    def unit_equations(self, at: UnitStep) -> list[Equation]:
        """What one unit computed at one step, in order; only its rows where the state was set by hand."""
        return at.all_rows()

    def weights(self) -> Weights:
        """The cell's parameters in PyTorch's layout. Raises `UserError` where they are not an LSTM's or GRU's."""
        raise UserError(f"the cell {visible(self.name)} does not have an LSTM's weights to pass on")

    def load(self, weights: Weights) -> None:
        """Take over weights given in PyTorch's layout. Raises `UserError` where the cell has no place for them."""
        raise UserError(f"the cell {visible(self.name)} cannot use an LSTM's weights")

    @torch.no_grad()
    def set_forget_bias(self, value: float) -> None:
        """Make the forget gate's whole bias `value`: σ(value) is how open it starts. Raises `UserError` without one.

        Two biases are added in the pre-activation, so one of them gets the value and the other zero: filling both
        is the classic slip that opens the gate twice as far as meant.
        """
        if not self.described or "f" not in self.kind.gate_rows:
            raise UserError(f"--forget-bias: the cell {visible(self.name)} has no forget gate, so no bias to set")
        now = self.weights()
        if not now.biased:
            raise UserError("--forget-bias: the layers of this model have no biases")
        bias_ih, bias_hh = now.bias_ih.clone(), now.bias_hh.clone()
        block = self.kind.gate_rows.index("f")
        rows = slice(block * self.hidden_size, (block + 1) * self.hidden_size)
        bias_ih[rows], bias_hh[rows] = value, 0.0
        self.load(replace(now, bias_ih=bias_ih, bias_hh=bias_hh))


class LSTMCell(Cell):
    """A cell with the six quantities of the LSTM, whatever its layers look like inside."""

    kind = KINDS["lstm"]
    quantities = kind.quantities
    states = kind.states

    def advance(self, x: Tensor, state: State) -> tuple[State, dict[str, Tensor]]:
        """One time step; the quantities are f, i, c_tilde, o, c, h, (B, H) each."""
        h, c, gates = self(x, *state)
        return (h, c), {**gates, "c": c, "h": h}

    def weights(self) -> LSTMWeights:
        """The cell's parameters in PyTorch's layout, differentiable views or copies of them."""
        raise NotImplementedError

    def load(self, weights: Weights) -> None:
        """Take over weights given in PyTorch's layout. A cell with one bias gets the sum of the two."""
        raise NotImplementedError

    def unit_equations(self, at: UnitStep) -> list[Equation]:
        """See `Cell.unit_equations`."""
        return lstm_equations(at)
