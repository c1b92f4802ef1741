"""The character LSTM as in the textbook: a stack of cells, and one linear layer that turns the top h into logits."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import torch
from torch import Tensor, nn
from torch.nn import functional

from lstm_tui.engine.cells import ByHand, Cell, LSTMCell, LSTMWeights, State
from lstm_tui.engine.cells.pasted import copied

Stack = tuple[State, ...]
"""One state a layer, the first layer first."""


class CharLSTM(nn.Module):
    """`num_layers` cells and an output layer, created in that order so that a seed draws the same numbers each time.

    `input_size` is the vocabulary's size V: a character enters as a one-hot row of V numbers, or, where an
    `embedding` (V, E) is given, as that character's row of it. `hidden_size` is one width for all layers or one each.
    """

    def __init__(
        self,
        input_size: int,
        hidden_size: int | Sequence[int],
        output_size: int,
        num_layers: int = 1,
        cell: type[Cell] = ByHand,
        embedding: Tensor | None = None,
    ) -> None:
        super().__init__()
        widths = [hidden_size] * num_layers if isinstance(hidden_size, int) else list(hidden_size)
        first = input_size if embedding is None else embedding.shape[1]
        self.input_size = input_size
        self.hidden_sizes = tuple(widths)
        self.cells: Sequence[Cell] = nn.ModuleList(  # type: ignore[assignment]
            cell(below, width) for below, width in zip([first, *widths], widths, strict=False)
        )
        self.output = nn.Linear(widths[-1], output_size)
        self.register_buffer("embedding", embedding)
        self.embedding: Tensor | None

    @property
    def cell_type(self) -> type[Cell]:
        """Which implementation the layers are made of."""
        return type(self.cells[0])

    def inputs(self, indices: Tensor) -> Tensor:
        """What the first layer reads: indices (T,) → rows (T, D)."""
        if self.embedding is not None:
            return self.embedding[indices]
        return functional.one_hot(indices, self.input_size).to(self.output.weight.dtype)

    def zero_state(self, batch: int = 1) -> Stack:
        """Every state 0 in every layer."""
        return tuple(cell.zero_state(batch) for cell in self.cells)

    def advance(self, x: Tensor, stack: Stack) -> tuple[Stack, list[dict[str, Tensor]]]:
        """One time step through all layers: x (B, D) → the new states, and each layer's quantities, (B, H) each."""
        states: list[State] = []
        layers: list[dict[str, Tensor]] = []
        for cell, state in zip(self.cells, stack, strict=True):
            state, values = cell.advance(x, state)
            x = values["h"]  # what this layer shows is what the next one reads
            states.append(state)
            layers.append(values)
        return tuple(states), layers

    def carry(self, x: Tensor, stack: Stack) -> Stack:
        """One time step through all layers of which only the new states are wanted."""
        states: list[State] = []
        for cell, state in zip(self.cells, stack, strict=True):
            state = cell.carry(x, state)
            x = state[0]  # h
            states.append(state)
        return tuple(states)

    def logits(self, h: Tensor) -> Tensor:
        """The top layer's h (B, H) → one score a symbol (B, V)."""
        scores: Tensor = self.output(h)
        return scores

    def weights(self) -> list[LSTMWeights]:
        """Every layer in PyTorch's layout, detached copies."""
        return [
            LSTMWeights(*(t.detach().clone() for t in (w.weight_ih, w.weight_hh, w.bias_ih, w.bias_hh)))
            for w in (cell.weights() for cell in self.cells)
        ]

    def load(self, layers: Iterable[LSTMWeights]) -> None:
        """Take over every layer's weights, given in PyTorch's layout."""
        for cell, weights in zip(self.cells, layers, strict=True):
            cell.load(weights)

    def with_cell(self, cell: type[Cell]) -> CharLSTM:
        """The same network made of another cell: weights carried over, the model itself untouched.

        Raises `UserError` where one of the two cells does not say which of its weights is which.
        """
        with torch.random.fork_rng(devices=[]):  # drawn only to be overwritten: nobody's random stream moves for it
            other = CharLSTM(
                self.input_size, self.hidden_sizes, self.output.out_features, cell=cell, embedding=self.embedding
            ).to(self.output.weight)
        other.load(self.weights())
        other.output.load_state_dict(self.output.state_dict())
        return other.eval().requires_grad_(False)

    def copy(self) -> CharLSTM:
        """The same network again, sharing no memory with this one."""
        if issubclass(self.cell_type, LSTMCell):
            return self.with_cell(self.cell_type)
        other = copied(self)
        assert isinstance(other, CharLSTM)
        return other.eval().requires_grad_(False)


def fresh(
    vocab_size: int,
    hidden_size: int | Sequence[int],
    num_layers: int = 1,
    cell: type[Cell] = ByHand,
    seed: int = 0,
    forget_bias: float | None = None,
) -> CharLSTM:
    """An untrained network as that seed draws it, whatever was drawn before; the caller's own stream stays where it is.

    `forget_bias` replaces the forget gates' initial bias: +2 makes σ(2) ≈ 0.88, gates that start open.
    """
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        model = CharLSTM(vocab_size, hidden_size, vocab_size, num_layers, cell)
    if forget_bias is not None:
        for layer in model.cells:
            layer.set_forget_bias(forget_bias)
    return model.eval().requires_grad_(False)
