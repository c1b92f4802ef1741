"""The character LSTM as in the textbook: a stack of cells, and one linear layer that turns the top h into logits.

Other people's models are the same thing with different ends: an embedding below, no output layer above, a log-softmax
after it.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import torch
from torch import Tensor, nn

from lstm_tui.core.errors import UserError
from lstm_tui.core.vocabulary import visible
from lstm_tui.engine.cells import ByHand, Cell, State, Weights
from lstm_tui.engine.cells.gates import detached
from lstm_tui.engine.cells.held import FREE, Held
from lstm_tui.engine.head import Head
from lstm_tui.engine.undrawn import undrawn
from lstm_tui.engine.user_cells.copying import copied
from lstm_tui.engine.wide import Twin, one_hot, twin_of

Stack = tuple[State, ...]
"""One state a layer, the first layer first."""


class Network(nn.Module):
    """`num_layers` cells and an output layer, created in that order so that a seed draws the same numbers each time.

    `input_size` is the vocabulary's size V: a character enters as a one-hot row of V numbers, or, where an
    `embedding` (V, E) is given, as that character's row of it, cut down to the length `max_norm` where it is longer.
    `hidden_size` is one width for all layers or one each. `output_size` is V too, or None for a network without an
    output layer; `tied` makes the embedding its weight; `log_softmax` makes its logits log-probabilities.
    Without `bias` (`output_bias`) the cells (the output layer) have none, and never get any. A `head`, which is copied,
    stands between the top h and the output layer.
    """

    def __init__(
        self,
        input_size: int,
        hidden_size: int | Sequence[int],
        output_size: int | None,
        num_layers: int = 1,
        cell: type[Cell] = ByHand,
        embedding: Tensor | None = None,
        *,
        tied: bool = False,
        max_norm: float | None = None,
        log_softmax: bool = False,
        bias: bool = True,
        output_bias: bool = True,
        head: Head | None = None,
    ) -> None:
        super().__init__()
        widths = [hidden_size] * num_layers if isinstance(hidden_size, int) else list(hidden_size)
        first = input_size if embedding is None else embedding.shape[1]
        self.input_size = input_size
        self.hidden_sizes = tuple(widths)
        self.cells: Sequence[Cell] = nn.ModuleList(  # type: ignore[assignment]
            cell(below, width, bias) for below, width in zip([first, *widths], widths, strict=False)
        )
        kind = next((p.dtype for p in self.parameters() if p.is_floating_point()), torch.float32)
        # Drawn as float32 whatever the cells are made of, so that a seed draws the same numbers; then as they are.
        self.output: nn.Linear | None = None
        if output_size is not None:
            width = widths[-1] if head is None else head.width
            self.output = nn.Linear(width, output_size, bias=output_bias).to(kind)
        self.head: Head | None = None if head is None else Head(head.layers()).to(kind)
        rows = None if embedding is None else embedding.detach().to(kind, copy=True)
        self.embedding: nn.Parameter | None = None if rows is None else nn.Parameter(rows)
        self.max_norm = max_norm
        self.log_softmax = log_softmax
        self.tied = tied
        self._like: list[Tensor] = []
        """Found once, and not before the weights are there: to look for a parameter is to walk through all modules."""
        if tied and self.output is not None and self.embedding is not None:
            self.output.weight = self.embedding

    @property
    def cell_type(self) -> type[Cell]:
        """Which implementation the layers are made of."""
        return type(self.cells[0])

    @property
    def size(self) -> int:
        """Weights in all."""
        return sum(parameter.numel() for parameter in self.parameters())

    @property
    def output_biased(self) -> bool:
        """Whether the output layer has a bias; True where there is no such layer."""
        return self.output is None or self.output.bias is not None

    @property
    def like(self) -> Tensor:
        """A tensor of the type and on the device of the network."""
        found = self._like or [p for p in self.parameters() if p.is_floating_point()][:1]
        self._like[:] = found
        return found[0] if found else torch.zeros(())

    def inputs(self, indices: Tensor) -> Tensor:
        """What the first layer reads: indices (T,) → rows (T, D); rows of numbers (T, D) stay what they are.

        For one-hot rows D is V: ask for few at a time.
        """
        if indices.is_floating_point():
            return indices
        if self.embedding is None:
            return one_hot(indices, self.input_size, self.like)
        return rows_of(self.embedding, indices, self.max_norm)

    @property
    def twin(self) -> Twin | None:
        """The first layer by look-up; None where it has to be multiplied."""
        return None if self.embedding is not None else twin_of(self.cells[0])

    def read(self, indices: Tensor) -> Tensor:
        """What `advance` is given: `inputs`, or the indices themselves (T,) where W x is looked up."""
        return self.inputs(indices) if self.twin is None or indices.is_floating_point() else indices

    def zero_state(self, batch: int = 1) -> Stack:
        """Every state 0 in every layer."""
        return tuple(cell.zero_state(batch) for cell in self.cells)

    def advance(self, x: Tensor, stack: Stack, held: Sequence[Held] = ()) -> tuple[Stack, list[dict[str, Tensor]]]:
        """One time step through all layers: x (B, D) → the new states, and each layer's quantities, (B, H) each.

        x may also be what `read` gave for one step. `held`: what is held in each layer, see `Cell.advance`.
        """
        states: list[State] = []
        layers: list[dict[str, Tensor]] = []
        for at, (cell, state) in enumerate(zip(self.cells, stack, strict=True)):
            twin = None if x.is_floating_point() else self.twin
            mine = held[at] if held else FREE
            state, values = cell.advance(x, state, mine) if twin is None else twin.advance(int(x), state, mine)
            x = values["h"]  # what this layer shows is what the next one reads
            states.append(state)
            layers.append(values)
        return tuple(states), layers

    def carry(self, x: Tensor, stack: Stack, held: Sequence[Held] = ()) -> Stack:
        """One time step through all layers of which only the new states are wanted."""
        if held or not x.is_floating_point():
            return self.advance(x, stack, held)[0]
        states: list[State] = []
        for cell, state in zip(self.cells, stack, strict=True):
            state = cell.carry(x, state)
            x = state[0]  # h
            states.append(state)
        return tuple(states)

    def logits(self, h: Tensor) -> Tensor | None:
        """The top layer's h (B, H) → one score a symbol (B, V); None without an output layer."""
        if self.output is None:
            return None
        scores = self.scores(h)
        return scores.log_softmax(dim=-1) if self.log_softmax else scores

    def scores(self, h: Tensor) -> Tensor:
        """The same of any number of rows (…, H), before a log-softmax; there must be an output layer."""
        assert self.output is not None, "a model without an output layer scores nothing"
        scores: Tensor = self.output(h if self.head is None else self.head(h))
        return scores

    def weights(self) -> list[dict[str, Tensor]]:
        """Every layer's tensors by the names of their kind, detached copies."""
        return [detached(cell.weights()) for cell in self.cells]

    def load(self, layers: Iterable[Weights]) -> None:
        """Take over every layer's tensors, given by the names of their kind."""
        for cell, weights in zip(self.cells, layers, strict=True):
            assert cell.biased or "bias_ih" not in weights, "a layer without biases is given some"
            cell.load(weights)

    def with_cell(self, cell: type[Cell]) -> Network:
        """The same network made of another cell: weights carried over, the model itself untouched.

        Raises `UserError` where one of the two cells does not say which of its weights is which, or computes
        another function.
        """
        if cell.kind is not self.cell_type.kind:
            mine, other_kind = self.cell_type.kind.name.upper(), cell.kind.name.upper()
            raise UserError(
                f"this model is of {mine} cells and {visible(cell.name)} is of the {other_kind} kind: "
                "its weights have a different meaning there"
            )
        weights = [layer.weights() for layer in self.cells]

        def make() -> Network:
            return Network(
                self.input_size,
                self.hidden_sizes,
                None if self.output is None else self.output.out_features,
                cell=cell,
                embedding=self.embedding,
                max_norm=self.max_norm,
                log_softmax=self.log_softmax,
                bias=any("bias_ih" in layer for layer in weights),
                output_bias=self.output_biased,
                head=self.head,
            )

        if cell.described:
            other = undrawn(make, self.like)
        else:  # a user's own: drawn only to be overwritten
            with torch.random.fork_rng(devices=[]):
                other = make().to(self.like)
        other.load(weights)
        other._take_ends(self)
        return other.eval().requires_grad_(False)

    def _take_ends(self, other: Network) -> None:
        """The embedding and the output layer of `other`, copied."""
        if other.embedding is not None:
            self.embedding = nn.Parameter(other.embedding.detach().clone())
        if other.output is not None and self.output is not None:
            self.output.load_state_dict(other.output.state_dict())
        self.tied = other.tied
        if self.tied and self.output is not None and self.embedding is not None:
            self.output.weight = self.embedding

    def copy(self) -> Network:
        """The same network again, sharing no memory with this one."""
        other = copied(self)
        assert isinstance(other, Network)
        return other.eval().requires_grad_(False)


def rows_of(embedding: Tensor, indices: Tensor, max_norm: float | None) -> Tensor:
    """The rows of an embedding (V, E) for indices (T,), those longer than `max_norm` scaled down to it: (T, E)."""
    rows = embedding[indices]
    if max_norm is None:
        return rows
    norms = rows.norm(dim=-1, keepdim=True)
    return torch.where(norms > max_norm, rows * (max_norm / (norms + 1e-7)), rows)  # 1e-7 as in torch's own lookup


def fresh(
    vocab_size: int,
    hidden_size: int | Sequence[int],
    num_layers: int = 1,
    cell: type[Cell] = ByHand,
    seed: int = 0,
    forget_bias: float | None = None,
    like: Network | None = None,
    outputs: int | None = None,
) -> Network:
    """An untrained network as that seed draws it, whatever was drawn before; the caller's own stream stays where it is.

    `forget_bias` replaces the forget gates' initial bias: +2 makes σ(2) ≈ 0.88, gates that start open. With `like` the
    network gets that one's ends: an embedding of its width (drawn after the rest), tied where its was; and biases only
    where it has them. `outputs`: how many numbers it says, where they are not as many as it reads.
    """
    bias = like is None or all(layer.biased for layer in like.cells)
    output_bias = like is None or like.output_biased
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        if like is None or like.embedding is None:
            model = Network(
                vocab_size, hidden_size, outputs or vocab_size, num_layers, cell, bias=bias, output_bias=output_bias
            )  # fmt: skip
        else:
            room = torch.zeros(vocab_size, like.embedding.shape[1])
            model = Network(
                vocab_size, hidden_size, outputs or vocab_size, num_layers, cell, room, tied=like.tied,
                max_norm=like.max_norm,
                bias=bias, output_bias=output_bias,
            )  # fmt: skip
            assert model.embedding is not None
            nn.init.uniform_(model.embedding, -0.1, 0.1)
    if forget_bias is not None:
        for layer in model.cells:
            layer.set_forget_bias(forget_bias)
    return model.eval().requires_grad_(False)
