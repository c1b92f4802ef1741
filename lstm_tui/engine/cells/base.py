"""What every cell promises, and what follows from the description of its kind unless its file says otherwise."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from functools import partial
from typing import Any, ClassVar

import torch
from torch import Tensor, nn

from lstm_tui.core.errors import UserError
from lstm_tui.core.kinds import KINDS
from lstm_tui.core.kinds.cell_kind import CellKind
from lstm_tui.core.quantities import Quantity
from lstm_tui.core.step import Equation
from lstm_tui.core.vocabulary import visible
from lstm_tui.engine.cells.gates import BIASES, Gate, Weights, read_weights, write_weights
from lstm_tui.engine.cells.held import FREE, Held, hold, holding_forward
from lstm_tui.engine.explain.lstm_equations import lstm_equations
from lstm_tui.engine.explain.unit_step import UnitStep
from lstm_tui.engine.stepping.source_trace import TracedLayer, trace_forward

State = tuple[Tensor, ...]
"""What a cell carries from one time step to the next, each (B, H): (h, c) for an LSTM."""
SQUASHES: dict[str | None, Callable[[Tensor], Tensor]] = {
    "sigmoid": torch.sigmoid,
    "tanh": torch.tanh,
    "hard_sigmoid": lambda z: (0.2 * z + 0.5).clamp(0, 1),
    "hard_sigmoid_6": lambda z: (z / 6 + 0.5).clamp(0, 1),
    "relu": torch.relu,
    None: lambda z: z,
}
"""By the names that `Quantity.squash` gives them."""
Parts = Callable[[str], tuple[Tensor, Tensor]]
"""A row of the weights → W x + b and U h + d of it, at many steps."""


class Cell(nn.Module):
    """A recurrent cell the debugger can step: it names its quantities and carries its states.

    Attributes: `input_size` D and `hidden_size` H, in units; `biased`, whether its layers have biases. A cell's
    `forward` takes x (B, D) and its states (B, H) each, and returns the new states and, by name, what made them.
    """

    name: ClassVar[str]
    kind: ClassVar[CellKind]
    """Which function it computes: weights are carried only between cells of one kind."""
    described: ClassVar[bool] = True
    """Whether it surely computes what its kind says, any number of rows at once. Not known of a user's own."""
    opaque: ClassVar[bool] = False
    """Whether h and c come out of a kernel and the gates are computed beside it: no derivative leads back to them."""
    quantities: ClassVar[tuple[Quantity, ...]]
    states: ClassVar[tuple[str, ...]]
    """What is carried from step to step, h first."""
    rows: ClassVar[Mapping[str, Gate]] = {}
    """Where each row of the weights is in the cell's layers; empty where unknown."""

    def __init_subclass__(cls, **options: Any) -> None:
        super().__init_subclass__(**options)
        if "kind" in cls.__dict__:
            cls.quantities, cls.states = cls.kind.quantities, cls.kind.states

    def __init__(self, input_size: int, hidden_size: int, bias: bool = True) -> None:
        super().__init__()
        self.input_size = input_size
        self.hidden_size = hidden_size
        self.biased = bias

    @property
    def x_matrices(self) -> tuple[str, ...]:
        """The weights that x is multiplied with, alone or joined with h; none where unknown."""
        return tuple(dict.fromkeys(f"{gate.x.layer}.weight" for gate in self.rows.values()))

    @property
    def x_first(self) -> bool:
        """Whether x is the first that they are multiplied with."""
        return all(gate.x.side != "last" for gate in self.rows.values())

    def zero_state(self, batch: int = 1) -> State:
        """The state before any character, (batch, H) each: zeros, unless the kind says otherwise."""
        like = next((p for p in self.parameters() if p.is_floating_point()), torch.zeros(()))
        zeros = like.new_zeros(batch, self.hidden_size)
        start = {quantity.name: quantity.initial for quantity in self.quantities}
        return tuple(torch.full_like(zeros, start[s]) if start.get(s) else zeros for s in self.states)

    def advance(self, x: Tensor, state: State, held: Held = FREE) -> tuple[State, dict[str, Tensor]]:
        """One time step through the cell's own `forward`: x (B, D) → the new state and every quantity, (B, H) each.

        What is `held` has that value, and what `forward` computes after it follows from it.
        """
        if held:
            forward = holding_forward(type(self), self.quantities)
            *after, made = forward(self, x, *state, _hold=hold(held))
        else:
            *after, made = self(x, *state)
        made.update(zip(self.states, after, strict=True))
        return tuple(after), {quantity.name: made[quantity.name] for quantity in self.quantities}

    def carry(self, x: Tensor, state: State) -> State:
        """One time step of which only the new state is wanted."""
        return self.advance(x, state)[0]

    def followed(self, x: Tensor, state: State, held: Held = FREE) -> tuple[State, dict[str, Tensor]]:
        """`advance`, with the very tensors that the states are computed from, for autograd to follow."""
        return self.advance(x, state, held)

    def by_quantity(self, name: str, made: Tensor, slope: Tensor) -> Tensor:
        """The derivative by a quantity, (1, H), given that by the tensor that `followed` gave for it."""
        return slope

    def source_trace(self, x: Tensor, state: State, held: Held = FREE) -> TracedLayer:
        """One time step line by line: x (1, D), (1, H) each state."""
        advance = partial(self.advance, held=held)
        return trace_forward(type(self), self.quantities, self.kind.equations, advance, x, state)

    def from_rows(self, names: Iterable[str], parts: Parts) -> dict[str, Tensor] | None:
        """The quantities `names` of many steps, where each is a row of the weights and nothing else; None where more
        is needed, so that the cell's own forward has to be run."""
        return None

    def unit_equations(self, at: UnitStep) -> list[Equation]:
        """What one unit computed at one step, in the order of the panels; only its rows where the state was set by
        hand."""
        formulas = {} if at.edited else self.kind.formulas
        return [
            at.computed(quantity.name) if quantity.name in formulas else at.row(quantity.name)
            for quantity in self.kind.quantities
            if quantity.name in formulas or quantity.name in at.rows
        ]

    def recalled(self, row: str, values: Mapping[str, Tensor], before: Tensor) -> tuple[str, Tensor]:
        """What U of a row is multiplied with, its name and (1, H): h', unless the kind says otherwise."""
        return "h'", before

    def between(self, x: Tensor, before: State, values: Mapping[str, Tensor]) -> dict[str, Tensor]:
        """What the step computes on the way and does not show, (1, H) each, for `unit_equations` to name."""
        return {}

    def weights(self) -> Weights:
        """The layer's tensors by the names of its kind, differentiable views or copies of them.

        Raises `UserError` where nobody knows which is which.
        """
        if not self.rows:
            raise UserError(f"the cell {visible(self.name)} does not have an LSTM's weights to pass on")
        return read_weights(self, self.rows, self.kind)

    def load(self, weights: Weights) -> None:
        """Take over a layer's tensors. A cell with one bias gets the sum of the two.

        Raises `UserError` where the cell has no place for them.
        """
        if not self.rows:
            raise UserError(f"the cell {visible(self.name)} cannot use an LSTM's weights")
        write_weights(self, self.rows, self.kind, weights)

    @torch.no_grad()
    def set_forget_bias(self, value: float) -> None:
        """Make the forget gate's whole bias `value`: σ(value) is how open it starts. Raises `UserError` without one.

        Two biases are added in the pre-activation, so one of them gets the value and the other zero: filling both
        is the classic slip that opens the gate twice as far as meant.
        """
        if not self.described or "f" not in self.kind.gate_rows:
            raise UserError(f"--forget-bias: the cell {visible(self.name)} has no forget gate, so no bias to set")
        now = dict(self.weights())
        if "bias_ih" not in now:
            raise UserError("--forget-bias: the layers of this model have no biases")
        block = self.kind.gate_rows.index("f")
        rows = slice(block * self.hidden_size, (block + 1) * self.hidden_size)
        for name, part in zip(BIASES, (value, 0.0), strict=True):
            now[name] = now[name].clone()
            now[name][rows] = part
        self.load(now)


def squashed_rows(kind: CellKind, names: Iterable[str], parts: Parts) -> dict[str, Tensor]:
    """Rows of the weights as what they are squashed to."""
    squash = {quantity.name: SQUASHES[quantity.squash] for quantity in kind.quantities}
    return {name: squash[name](torch.add(*parts(name))) for name in names}


class LSTMCell(Cell):
    """A cell with the six quantities of the LSTM, whatever its layers look like inside."""

    kind = KINDS["lstm"]

    def from_rows(self, names: Iterable[str], parts: Parts) -> dict[str, Tensor]:
        """See `Cell.from_rows`: all four gates are rows."""
        return squashed_rows(self.kind, names, parts)

    def unit_equations(self, at: UnitStep) -> list[Equation]:
        """See `Cell.unit_equations`."""
        return lstm_equations(at)
