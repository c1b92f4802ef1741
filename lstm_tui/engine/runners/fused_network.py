"""The same network through PyTorch's fused `nn.LSTM`, `nn.GRU` …: several times as fast, but it shows no gates.

Training and scanning run on it; every number that is shown or printed comes from the cells' own forward.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property, partial

import torch
from torch import Tensor, nn

from lstm_tui.core.kinds import IMPLEMENTATIONS
from lstm_tui.engine.cells import State, Weights
from lstm_tui.engine.cells.gates import with_biases
from lstm_tui.engine.network import Network, Stack, rows_of
from lstm_tui.engine.undrawn import undrawn
from lstm_tui.engine.wide import MOST, WIDE, compact_one_hot, one_hot

_PIECE = 150_000_000
"""Multiplications that the scan may do in one go: some hundredths of a second, in which no other thread runs."""
_LEAST_PIECE, _WIDE_PIECE = 8, 64
"""Steps in one go: of the largest model; of a look-up of symbols."""


class FusedNetwork(nn.Module):
    """A `Network`'s layers as one-layer fused modules (one each, because widths may differ), and its two ends.

    Parameters are copies: `write_back` carries them to a model when they have been trained. A cell with one bias
    keeps it in `bias_ih`; its `bias_hh` stays zero and is not trained, and so do both where a layer has no
    biases. Adam works element by element, so training here and training the cell itself are the same computation.
    """

    def __init__(self, model: Network) -> None:
        super().__init__()
        kind = model.cell_type.kind
        assert kind.fused is not None, "there is no fused form of this kind"
        fused = getattr(nn, kind.fused)
        self.layers: Sequence[nn.RNNBase] = nn.ModuleList(  # type: ignore[assignment]
            undrawn(partial(fused, cell.input_size, cell.hidden_size), model.like) for cell in model.cells
        )
        top = model.output
        room = None if top is None else partial(nn.Linear, top.in_features, top.out_features, model.output_biased)
        self.output = None if room is None else undrawn(room, model.like)
        for layer, cell in zip(self.layers, model.cells, strict=True):
            weights = cell.weights()
            _fill(layer, weights)
            layer.flatten_parameters()
            one_bias = IMPLEMENTATIONS[cell.name].one_bias
            layer.get_parameter("bias_ih_l0").requires_grad_(cell.biased)
            layer.get_parameter("bias_hh_l0").requires_grad_(cell.biased and not one_bias)
        self.embedding = None if model.embedding is None else nn.Parameter(model.embedding.detach().clone())
        if self.output is not None and top is not None:
            self.output.load_state_dict(top.state_dict())
            if model.tied and self.embedding is not None:
                self.output.weight = self.embedding
        self._model = [model]  # in a list, so that its parameters do not become this module's

    def forward(self, x: Tensor, stack: Stack) -> tuple[Tensor, Stack]:
        """Rows x (T, B, D) from the states (B, H) → the top layer's h at every step (T, B, H) and the last states.

        Symbols (T, B) are read through the embedding as it is here, or as one-hot rows.
        """
        hidden, states = self.every_layer(x, stack)
        return hidden[-1], states

    def every_layer(self, x: Tensor, stack: Stack) -> tuple[tuple[Tensor, ...], Stack]:
        """The same with every layer's h (T, B, H), the first layer first."""
        hidden, states = [], []
        x, columns = (x, None) if x.is_floating_point() else self._read(x)
        for layer, state in zip(self.layers, stack, strict=True):
            x, after = self._run(layer, x, state, columns)
            columns = None
            hidden.append(x)
            states.append(after)
        return tuple(hidden), tuple(states)

    def _read(self, symbols: Tensor) -> tuple[Tensor, Tensor | None]:
        """Symbols (T, B) → rows (T, B, D), and W where they are over fewer symbols than all."""
        model = self._model[0]
        if self.embedding is not None:
            return rows_of(self.embedding, symbols, model.max_norm), None
        weight = self.layers[0].get_parameter("weight_ih_l0")
        if model.input_size < WIDE or not (self.training or self._finite):
            return one_hot(symbols, model.input_size, weight.detach()), None
        return compact_one_hot(symbols, weight)

    @cached_property
    def _finite(self) -> bool:
        """Whether a look-up in W gives what a product would. A training ends at weights that are not."""
        return bool(self.layers[0].get_parameter("weight_ih_l0").isfinite().all())

    def _run(self, layer: nn.RNNBase, x: Tensor, state: State, columns: Tensor | None) -> tuple[Tensor, State]:
        """One layer; `columns` stand for its W."""
        # What the layer's forward calls in the end (`torch.lstm`): its checks cost as much as forty steps.
        run, weights = getattr(torch, layer.mode.lower()), _tensors(layer, columns)
        before = [s[None] for s in state]
        given = before if len(before) > 1 else before[0]
        x, *after = run(x, given, weights, True, 1, 0.0, layer.training, False, False)
        return x, tuple(s[0] for s in after)

    def on(self, device: torch.device) -> FusedNetwork:
        """Itself, moved to `device`; the model that it is a copy of stays where it is."""
        self.to(device)
        if self._model[0].tied and self.embedding is not None and self.output is not None:
            self.output.weight = self.embedding  # moving parts what is shared where a device has other tensors
        return self

    def piece(self) -> int:
        """Steps that a scan takes in one go."""
        weights = sum(p.numel() for layer in self.layers for p in layer.parameters() if p.dim() == 2)
        model = self._model[0]
        wide = model.embedding is None and model.input_size >= WIDE
        if wide:
            weights -= self.layers[0].get_parameter("weight_ih_l0").numel()
        most = max(_LEAST_PIECE, _PIECE // max(weights, 1))
        return max(1, min(most, _WIDE_PIECE, MOST // model.input_size)) if wide else most

    def weights(self, layer: int) -> Weights:
        """One layer's parameters, as they are here; nothing is differentiated through them."""
        model, layer_of = self._model[0], self.layers[layer]
        shapes = model.cell_type.kind.shapes(0, 0, model.cells[layer].biased)
        home = model.like.device
        return {name: layer_of.get_parameter(f"{name}_l0").detach().to(home) for name in shapes}

    @torch.no_grad()
    def write_back(self, model: Network) -> None:
        """Give `model` the weights as they are here now."""
        model.load(map(self.weights, range(len(self.layers))))
        if model.embedding is not None and self.embedding is not None:
            model.embedding.copy_(self.embedding)
        if model.output is not None and self.output is not None:
            model.output.load_state_dict(self.output.state_dict())


def _tensors(layer: nn.RNNBase, columns: Tensor | None = None) -> tuple[Tensor, ...]:
    """The layer's own parameters as its run takes them; `columns` stand for its W."""
    names = ("weight_ih_l0", "weight_hh_l0", "bias_ih_l0", "bias_hh_l0")
    weight_ih, *others = (layer.get_parameter(name) for name in names)
    return weight_ih if columns is None else columns, *others


@torch.no_grad()
def _fill(layer: nn.RNNBase, weights: Weights) -> None:
    for name, tensor in with_biases(weights).items():
        layer.get_parameter(f"{name}_l0").copy_(tensor)
