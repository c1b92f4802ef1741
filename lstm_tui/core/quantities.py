"""The cells that have a name, and what each computes: the words, signs and scales under which people know it.

The names are the ones used in conditions, traces and exports; the symbols and words are the ones on the screen.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Kind = Literal["gate", "signed"]


@dataclass(frozen=True)
class Quantity:
    """One named vector of a cell, one value a unit."""

    name: str
    symbol: str
    word: str
    kind: Kind
    """`gate`: in 0..1, drawn from the left edge. `signed`: drawn from a centre line."""
    sentence: str
    low: str = ""
    high: str = ""
    """What the two ends of a gate's scale mean, in a word each."""
    grows: bool = False
    """True where the value has no bound, so that its scale has to follow it."""
    state: bool = False
    """True for what is carried to the next time step: only these can be compared with step k - 1."""


F = Quantity("f", "f", "forget", "gate", "how much old memory to keep", "erase", "keep")
I = Quantity("i", "i", "input", "gate", "how much of c̃ to write", "ignore", "write")  # noqa: E741
C_TILDE = Quantity("c_tilde", "c̃", "candidate", "signed", "the content proposed")
O = Quantity("o", "o", "output", "gate", "how much memory to show", "hide", "show")  # noqa: E741
C = Quantity("c", "c", "cell", "signed", "memory carried on = f·c' + i·c̃", grows=True, state=True)
H = Quantity("h", "h", "hidden", "signed", "the part shown: makes the guess and the next gates = o·tanh c", state=True)

LSTM: tuple[Quantity, ...] = (F, I, C_TILDE, O, C, H)
"""In the order the panels stand and the digit keys count: 1 f, 2 i, 3 c̃, 4 o, 5 c, 6 h."""

R = Quantity("r", "r", "reset", "gate", "how much old h the candidate sees", "ignore", "use")
Z = Quantity("z", "z", "update", "gate", "how much of the old h to keep", "replace", "keep")
N = Quantity("n", "n", "candidate", "signed", "the content proposed")
H_GRU = Quantity("h", "h", "hidden", "signed", "memory and output = (1-z)·n + z·h'", state=True)

GRU: tuple[Quantity, ...] = (R, Z, N, H_GRU)
"""PyTorch's names and reset-after form: r, z, n, h."""


@dataclass(frozen=True)
class Implementation:
    """What is known of a cell before torch is there to make one."""

    summary: str
    quantities: tuple[Quantity, ...]


CELLS: dict[str, Implementation] = {
    "by-hand": Implementation("four nn.Linear over [h, x], one a gate: the textbook form", LSTM),
    "fused": Implementation("one nn.Linear over [x, h], its rows cut into f, i, c̃, o", LSTM),
    "builtin": Implementation("nn.LSTMCell: PyTorch's own, two biases, rows i, f, g, o", LSTM),
    "gru": Implementation(
        "a GRU: reset r, update z, candidate n, as nn.GRU computes it (another function than the LSTM)", GRU
    ),
}
"""By the names users give them, in the order in which they follow each other; `engine.cells` has their equations."""
