"""The cells that have names, and the kinds that they are of.

A kind's description is the only place that says which rows its weights have and in which order. What it computes with
them is in its file in `engine.cells`.
"""

from __future__ import annotations

from lstm_tui.core.kinds.activated import CELLS, RELU_RNN, RNN
from lstm_tui.core.kinds.cell_kind import CellKind, Implementation, Memory, stacked
from lstm_tui.core.kinds.variants import VARIANTS
from lstm_tui.core.quantities import GRU, LSTM

_LSTM = CellKind(
    "lstm",
    "an LSTM",
    LSTM,
    states=("h", "c"),
    gate_rows=("i", "f", "c_tilde", "o"),
    tensors=stacked(4),
    native="builtin",
    fused="LSTM",
    formulas={"c": "f*c' + i*c_tilde", "h": "o*tanh(c)"},
    memories=(Memory("c", "f", "i*c_tilde"),),
)
_GRU = CellKind(
    "gru",
    "a GRU",
    GRU,
    ("h",),
    ("r", "z", "n"),
    stacked(3),
    "gru",
    "GRU",
    right_sides={"n": "tanh(W x + b + r·(R h' + d))"},
    formulas={"h": "(1 - z)*n + z*h'"},
    rows_made={"n": "tanh(x_n + r*u_n)"},
    memories=(Memory("h", "z", "(1 - z)*n"),),
)
_WAYS, _TORCH = "three ways to write the LSTM", "other cells of PyTorch"

IMPLEMENTATIONS: dict[str, Implementation] = {
    "by-hand": Implementation(
        "four nn.Linear over [h, x], one for each gate: the textbook form",
        _LSTM,
        "by_hand.ByHand",
        one_bias=True,
        group=_WAYS,
    ),
    "fused": Implementation(
        "one nn.Linear over [x, h], its rows split into f, i, c̃, o", _LSTM, "fused.Fused", one_bias=True, group=_WAYS
    ),
    "builtin": Implementation(
        "nn.LSTMCell: PyTorch's own, two biases, rows i, f, g, o", _LSTM, "builtin.Builtin", group=_WAYS
    ),
    "gru": Implementation(
        "reset r, update z, candidate n: h is the only memory (nn.GRU)", _GRU, "gru.GRU", group=_TORCH
    ),
    "rnn": Implementation("no gates at all: h is the tanh of a sum (nn.RNN)", RNN, "rnn.RNN", group=_TORCH),
    "rnn-relu": Implementation(
        "the same with relu (nn.RNN, nonlinearity='relu')", RELU_RNN, "variants.relu_rnn.ReluRNN", group=_TORCH
    ),
    **VARIANTS,
    **CELLS,
}
"""By the names users give them, in the order in which they follow each other."""
KINDS: dict[str, CellKind] = {one.kind.name: one.kind for one in IMPLEMENTATIONS.values()}
