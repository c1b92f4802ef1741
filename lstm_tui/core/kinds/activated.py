"""The plain RNN, and cells with other functions in place of σ and tanh, as files of Keras and PyTorch ask for them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from lstm_tui.core.kinds.cell_kind import CellKind, Implementation, Memory, stacked
from lstm_tui.core.quantities import LSTM, Quantity, Squash

_GROUP = "the LSTM with other functions, as Keras has them"
_ROWS = ("i", "f", "c_tilde", "o")


def _activated(name: str, words: str, gates: Squash, content: Squash) -> CellKind:
    """An LSTM with `gates` instead of σ and `content` instead of tanh."""
    squashes: Mapping[str, Squash] = {"i": gates, "f": gates, "o": gates, "c_tilde": content}
    unbound = ("c", "c_tilde", "h") if content == "relu" else ("c",)
    panels = tuple(replace(q, squash=squashes.get(q.name), grows=q.name in unbound) for q in LSTM)
    return CellKind(
        name,
        words,
        panels,
        ("h", "c"),
        _ROWS,
        stacked(4),
        name,
        formulas={"c": "f*c' + i*c_tilde", "h": f"o*{content}(c)"},
        memories=(Memory("c", "f", "i*c_tilde"),),
    )


_RNN = (
    Quantity("a", "a", "sum", "signed", "input and memory, summed = W x + R h' + b", grows=True),
    Quantity("h", "h", "hidden", "signed", "memory and output = tanh a", state=True),
)
RNN = CellKind(
    "rnn", "a plain RNN", _RNN, ("h",), ("a",), stacked(1), native="rnn", fused="RNN", formulas={"h": "tanh(a)"}
)
RELU_RNN = CellKind(
    "rnn-relu",
    "a plain RNN with relu",
    (_RNN[0], replace(_RNN[1], sentence="memory and output = relu a, never below 0", grows=True)),
    ("h",),
    ("a",),
    stacked(1),
    native="rnn-relu",
    formulas={"h": "relu(a)"},
)
_HARD = "an LSTM with hard sigmoids"
ACTIVATED: Mapping[tuple[str, str, str], CellKind] = {
    ("lstm", "hard_sigmoid", "tanh"): _activated("lstm-hard", _HARD, "hard_sigmoid", "tanh"),
    ("lstm", "hard_sigmoid_6", "tanh"): _activated("lstm-hard6", _HARD, "hard_sigmoid_6", "tanh"),
    ("lstm", "sigmoid", "relu"): _activated("lstm-relu", "an LSTM with relu", "sigmoid", "relu"),
    ("rnn", "sigmoid", "relu"): RELU_RNN,
}
"""(kind, what makes its gates, what makes its candidate and its h) → the kind that computes this."""
CELLS: dict[str, Implementation] = {
    kind.name: Implementation(summary, kind, f"variants.activated.{home}", one_bias=True, group=_GROUP)
    for kind, home, summary in zip(
        [kind for (of, *_), kind in ACTIVATED.items() if of == "lstm"],
        ("HardLSTM", "HardLSTM6", "ReluLSTM"),
        (
            "gates are straight lines, 0.2 z + 0.5 cut to 0..1 (Keras before 3)",
            "the same with z / 6 + 0.5 (hard_sigmoid of Keras 3)",
            "relu in place of tanh (activation='relu' of Keras)",
        ),
        strict=True,
    )
}
"""By the names users give them."""
