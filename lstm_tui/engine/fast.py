"""The same network through PyTorch's fused `nn.LSTM`: several times as fast, but it shows no gates.

Training and scanning run on it; every number that is shown or printed comes from the cells' own forward.
"""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor, nn

from lstm_tui.engine.cells import Builtin, LSTMWeights
from lstm_tui.engine.char_lstm import CharLSTM, Stack


class FastLSTM(nn.Module):
    """A `CharLSTM`'s layers as one-layer `nn.LSTM`s (one each, because widths may differ), and its output layer.

    Parameters are copies: `write_back` carries them to a model when they have been trained. A cell with one bias
    keeps it in `bias_ih`; its `bias_hh` stays zero and is not trained. Adam works element by element, so training
    here and training the cell itself are the same computation.
    """

    def __init__(self, model: CharLSTM) -> None:
        super().__init__()
        with torch.random.fork_rng(devices=[]):  # drawn only to be overwritten: nobody's random stream moves for it
            self.layers: Sequence[nn.LSTM] = nn.ModuleList(  # type: ignore[assignment]
                nn.LSTM(cell.input_size, cell.hidden_size) for cell in model.cells
            )
            self.output = nn.Linear(model.output.in_features, model.output.out_features)
        self.to(model.output.weight)
        for layer, weights in zip(self.layers, model.weights(), strict=True):
            _fill(layer, weights)
            layer.get_parameter("bias_hh_l0").requires_grad_(issubclass(model.cell_type, Builtin))
        self.output.load_state_dict(model.output.state_dict())

    def forward(self, x: Tensor, stack: Stack) -> tuple[Tensor, Stack]:
        """Rows x (T, B, D) from the states (B, H) → the top layer's h at every step (T, B, H) and the last states."""
        hidden, states = self.every_layer(x, stack)
        return hidden[-1], states

    def every_layer(self, x: Tensor, stack: Stack) -> tuple[tuple[Tensor, ...], Stack]:
        """The same with every layer's h (T, B, H), the first layer first."""
        hidden, states = [], []
        for layer, (h, c) in zip(self.layers, stack, strict=True):
            x, (h, c) = layer(x, (h[None], c[None]))
            hidden.append(x)
            states.append((h[0], c[0]))
        return tuple(hidden), tuple(states)

    def write_back(self, model: CharLSTM) -> None:
        """Give `model` the weights as they are here now."""
        model.load(LSTMWeights(*_tensors(layer)) for layer in self.layers)
        model.output.load_state_dict(self.output.state_dict())


def _tensors(layer: nn.LSTM) -> tuple[Tensor, ...]:
    """The layer's own parameters in the order of `LSTMWeights`."""
    names = ("weight_ih_l0", "weight_hh_l0", "bias_ih_l0", "bias_hh_l0")
    return tuple(layer.get_parameter(name) for name in names)


@torch.no_grad()
def _fill(layer: nn.LSTM, weights: LSTMWeights) -> None:
    given = (weights.weight_ih, weights.weight_hh, weights.bias_ih, weights.bias_hh)
    for mine, theirs in zip(_tensors(layer), given, strict=True):
        mine.copy_(theirs)
