"""The kinds of cells and who implements them: what is known of a cell before torch is there to make one.

A kind is a function: cells of one kind compute the same, and their weights go from one to the other. Its description
here is the only place that says which rows its weights have and in which order. What it computes with them stands in
its file in `engine.cells`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Literal

from lstm_tui.core.quantities import GRU, LSTM, Quantity

Squash = Literal["sigmoid", "tanh", "hard_sigmoid", "hard_sigmoid_6", "relu"]
Size = tuple[int, Literal["D", "H"]]
"""So many times as many as what a layer reads (D) or remembers (H)."""


def _stacked(blocks: int) -> dict[str, tuple[Size, ...]]:
    """PyTorch's layout: a block of H rows after the other, for x and for h, and two biases."""
    rows: Size = (blocks, "H")
    return {"weight_ih": (rows, (1, "D")), "weight_hh": (rows, (1, "H")), "bias_ih": (rows,), "bias_hh": (rows,)}


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
    equations: Mapping[str, str] = field(default_factory=dict)
    """Quantity → what is said where a line of the cell's code makes it, instead of that line."""
    roles: Mapping[str, str] = field(default_factory=dict)
    """What those of the tensors do that are no rows: `c' → i`."""

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


_LSTM = CellKind(
    "lstm",
    "an LSTM",
    LSTM,
    states=("h", "c"),
    gate_rows=("i", "f", "c_tilde", "o"),
    tensors=_stacked(4),
    native="builtin",
    fused="LSTM",
    equations={
        "f": "f = σ(…)",
        "i": "i = σ(…)",
        "c_tilde": "c̃ = tanh(…)",
        "o": "o = σ(…)",
        "c": "c = f·c' + i·c̃",
        "h": "h = o·tanh c",
    },
)
_GRU = CellKind("gru", "a GRU", GRU, ("h",), ("r", "z", "n"), _stacked(3), "gru", "GRU")


def _activated(name: str, words: str, gates: Squash, content: Squash, told: str, shown: str) -> CellKind:
    """An LSTM with other functions in the place of σ and tanh, which `told` and `shown` name."""
    squashes = {"i": gates, "f": gates, "o": gates, "c_tilde": content}
    unbound = ("c", "c_tilde", "h") if content == "relu" else ("c",)
    quantities = (replace(q, squash=squashes.get(q.name), grows=q.name in unbound) for q in LSTM)
    said = {name: text.replace("σ", told).replace("tanh", shown) for name, text in _LSTM.equations.items()}
    return CellKind(name, words, tuple(quantities), _LSTM.states, _LSTM.gate_rows, _LSTM.tensors, name, equations=said)


_HARD = "an LSTM with hard sigmoids"
ACTIVATED = {
    ("lstm", "hard_sigmoid", "tanh"): _activated("lstm-hard", _HARD, "hard_sigmoid", "tanh", "hard σ", "tanh"),
    ("lstm", "hard_sigmoid_6", "tanh"): _activated("lstm-hard6", _HARD, "hard_sigmoid_6", "tanh", "hard σ", "tanh"),
    ("lstm", "sigmoid", "relu"): _activated("lstm-relu", "an LSTM with relu", "sigmoid", "relu", "σ", "relu"),
}
"""(kind, what makes its gates, what makes its candidate and its h) → the kind that computes this."""


IMPLEMENTATIONS: dict[str, Implementation] = {
    "by-hand": Implementation(
        "four nn.Linear over [h, x], one a gate: the textbook form", _LSTM, "by_hand.ByHand", one_bias=True
    ),
    "fused": Implementation(
        "one nn.Linear over [x, h], its rows cut into f, i, c̃, o", _LSTM, "fused.Fused", one_bias=True
    ),
    "builtin": Implementation("nn.LSTMCell: PyTorch's own, two biases, rows i, f, g, o", _LSTM, "builtin.Builtin"),
    "peephole": Implementation(
        "an LSTM whose gates see the cell as well, through a weight a unit (another function than the LSTM)",
        CellKind(
            "peephole",
            "an LSTM with peepholes",
            LSTM,
            states=_LSTM.states,
            gate_rows=_LSTM.gate_rows,
            tensors=_LSTM.tensors | {f"peephole_{gate}": ((1, "H"),) for gate in "ifo"},
            native="peephole",
            equations={
                **_LSTM.equations,
                "f": "f = σ(… + p_f·c')",
                "i": "i = σ(… + p_i·c')",
                "o": "o = σ(… + p_o·c)",
            },
            roles={"peephole_i": "c' → i", "peephole_f": "c' → f", "peephole_o": "c → o"},
        ),
        "peephole.Peephole",
        one_bias=True,
    ),
    "lstm-hard": Implementation(
        "an LSTM whose gates are straight lines, 0.2 z + 0.5 cut to 0..1 (Keras before 2.3; another function)",
        ACTIVATED["lstm", "hard_sigmoid", "tanh"],
        "activated.HardLSTM",
        one_bias=True,
    ),
    "lstm-hard6": Implementation(
        "the same with z / 6 + 0.5 (what Keras 3 calls hard_sigmoid; another function)",
        ACTIVATED["lstm", "hard_sigmoid_6", "tanh"],
        "activated.HardLSTM6",
        one_bias=True,
    ),
    "lstm-relu": Implementation(
        "an LSTM with relu in the place of tanh (activation='relu' of Keras; another function than the LSTM)",
        ACTIVATED["lstm", "sigmoid", "relu"],
        "activated.ReluLSTM",
        one_bias=True,
    ),
    "gru": Implementation(
        "a GRU: reset r, update z, candidate n, as nn.GRU computes it (another function than the LSTM)", _GRU, "gru.GRU"
    ),
    "rnn": Implementation(
        "a plain RNN: h = tanh of a sum, no gates, as nn.RNN computes it (another function than the LSTM)",
        CellKind(
            "rnn",
            "a plain RNN",
            (
                Quantity("a", "a", "sum", "signed", "what is read and remembered = W x + R h' + b", grows=True),
                Quantity("h", "h", "hidden", "signed", "memory and output = tanh a", state=True),
            ),
            states=("h",),
            gate_rows=("a",),
            tensors=_stacked(1),
            native="rnn",
            fused="RNN",
            equations={"a": "a = W x + R h' + b", "h": "h = tanh a"},
        ),
        "rnn.RNN",
    ),
}
"""By the names users give them, in the order in which they follow each other."""
KINDS: dict[str, CellKind] = {one.kind.name: one.kind for one in IMPLEMENTATIONS.values()}
