"""The same network through PyTorch's fused `nn.LSTM` or `nn.GRU`: several times as fast, but it shows no gates.

Training and scanning run on it; every number that is shown or printed comes from the cells' own forward.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

import torch
from torch import Tensor, nn

from lstm_tui.engine.cells import Builtin, State, Weights
from lstm_tui.engine.char_lstm import CharLSTM, Stack, rows_of


class FastRows(nn.Module):
    """A `CharLSTM`'s layers as one-layer fused modules (one each, because widths may differ), and its two ends.

    Parameters are copies: `write_back` carries them to a model when they have been trained. A cell with one bias
    keeps it in `bias_ih`; its `bias_hh` stays zero and is not trained, and so do both where a layer has no
    biases. Adam works element by element, so training here and training the cell itself are the same computation.
    """

    fused: ClassVar[type[nn.LSTM] | type[nn.GRU]]

    def __init__(self, model: CharLSTM) -> None:
        super().__init__()
        with torch.random.fork_rng(devices=[]):  # drawn only to be overwritten: nobody's random stream moves for it
            self.layers: Sequence[nn.RNNBase] = nn.ModuleList(  # type: ignore[assignment]
                self.fused(cell.input_size, cell.hidden_size) for cell in model.cells
            )
            top = model.output
            self.output = None if top is None else nn.Linear(top.in_features, top.out_features, model.output_biased)
        self.to(model.like)
        for layer, weights in zip(self.layers, model.weights(), strict=True):
            _fill(layer, weights)
            one_bias = model.cell_type.kind == "lstm" and not issubclass(model.cell_type, Builtin)
            layer.get_parameter("bias_ih_l0").requires_grad_(weights.biased)
            layer.get_parameter("bias_hh_l0").requires_grad_(weights.biased and not one_bias)
        self.embedding = None if model.embedding is None else nn.Parameter(model.embedding.detach().clone())
        if self.output is not None and top is not None:
            self.output.load_state_dict(top.state_dict())
            if model.tied and self.embedding is not None:
                self.output.weight = self.embedding
        self._model = [model]  # in a list, so that its parameters do not become this module's

    def inputs(self, indices: Tensor) -> Tensor:
        """Indices (T,) → what the first layer reads (T, D), through the embedding as it is here."""
        model = self._model[0]
        if self.embedding is None:
            return model.inputs(indices)
        return rows_of(self.embedding, indices, model.max_norm)

    def forward(self, x: Tensor, stack: Stack) -> tuple[Tensor, Stack]:
        """Rows x (T, B, D) from the states (B, H) → the top layer's h at every step (T, B, H) and the last states."""
        hidden, states = self.every_layer(x, stack)
        return hidden[-1], states

    def every_layer(self, x: Tensor, stack: Stack) -> tuple[tuple[Tensor, ...], Stack]:
        """The same with every layer's h (T, B, H), the first layer first."""
        hidden, states = [], []
        for layer, state in zip(self.layers, stack, strict=True):
            x, after = self._run(layer, x, state)
            hidden.append(x)
            states.append(after)
        return tuple(hidden), tuple(states)

    def _run(self, layer: nn.RNNBase, x: Tensor, state: State) -> tuple[Tensor, State]:
        raise NotImplementedError

    def weights(self, layer: int) -> Weights:
        """One layer's parameters, as they are here; nothing is differentiated through them."""
        of_x, of_h, bias_ih, bias_hh = (tensor.detach() for tensor in _tensors(self.layers[layer]))
        return Weights(of_x, of_h, bias_ih, bias_hh, self._model[0].cells[layer].biased)

    @torch.no_grad()
    def write_back(self, model: CharLSTM) -> None:
        """Give `model` the weights as they are here now."""
        model.load(map(self.weights, range(len(self.layers))))
        if model.embedding is not None and self.embedding is not None:
            model.embedding.copy_(self.embedding)
        if model.output is not None and self.output is not None:
            model.output.load_state_dict(self.output.state_dict())


class FastLSTM(FastRows):
    """See `FastRows`: `nn.LSTM`."""

    fused = nn.LSTM

    def _run(self, layer: nn.RNNBase, x: Tensor, state: State) -> tuple[Tensor, State]:
        # What nn.LSTM's forward calls in the end: its checks cost as much as forty steps.
        before = [s[None] for s in state]
        x, h, c = torch.lstm(x, before, _tensors(layer), True, 1, 0.0, layer.training, False, False)
        return x, (h[0], c[0])


class FastGRU(FastRows):
    """See `FastRows`: `nn.GRU`, reset-after as our own."""

    fused = nn.GRU

    def _run(self, layer: nn.RNNBase, x: Tensor, state: State) -> tuple[Tensor, State]:
        x, h = torch.gru(x, state[0][None], _tensors(layer), True, 1, 0.0, layer.training, False, False)
        return x, (h[0],)


def _tensors(layer: nn.RNNBase) -> tuple[Tensor, ...]:
    """The layer's own parameters in the order of `Weights`."""
    names = ("weight_ih_l0", "weight_hh_l0", "bias_ih_l0", "bias_hh_l0")
    return tuple(layer.get_parameter(name) for name in names)


@torch.no_grad()
def _fill(layer: nn.RNNBase, weights: Weights) -> None:
    given = (weights.weight_ih, weights.weight_hh, weights.bias_ih, weights.bias_hh)
    for mine, theirs in zip(_tensors(layer), given, strict=True):
        mine.copy_(theirs)
