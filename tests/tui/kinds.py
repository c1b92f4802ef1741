"""Models of every kind that can be open, small: what random keys are pressed on."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path

import torch
from torch import nn

from lstm_tui.core.options import ModelOptions
from lstm_tui.debugger.prepare import prepare
from lstm_tui.debugger.prepared import Prepared

TEXT = "the שלום 漢字 e\u0301 \x1b👩\u200d💻\n" * 3

CELLS = '''
import sys
import torch
from torch import nn


class Right(nn.Module):
    """As a textbook has it, its weights plain parameters."""

    def __init__(self, input_size, hidden_size):
        super().__init__()
        self.W = nn.Parameter(torch.randn(4 * hidden_size, input_size))
        self.U = nn.Parameter(torch.randn(4 * hidden_size, hidden_size))
        self.b = nn.Parameter(torch.zeros(4 * hidden_size))

    def forward(self, x, h, c):
        z = x @ self.W.t() + h @ self.U.t() + self.b
        f, i, o, g = z.chunk(4, 1)
        f = torch.sigmoid(f)
        i = torch.sigmoid(i)
        o = torch.sigmoid(o)
        g = torch.tanh(g)
        c = f * c + i * g
        h = o * torch.tanh(c)
        return h, c


class Wrong(Right):
    """Without the old c, and f is not squashed."""

    def forward(self, x, h, c):
        f, i, o, g = (x @ self.W.t() + h @ self.U.t() + self.b).chunk(4, 1)
        c = torch.sigmoid(i) * torch.tanh(g)
        h = torch.sigmoid(o) * torch.tanh(c)
        return h, c


class Raises(Right):
    """At the symbols of even numbers, but not at the first."""

    def forward(self, x, h, c):
        f, i, o, g = (x @ self.W.t() + h @ self.U.t() + self.b).chunk(4, 1)
        if x.argmax() and x.argmax() % 2 == 0:
            raise ValueError("\\x1b[31mnot [red]this[/] one")
        c = torch.sigmoid(f) * c + torch.sigmoid(i) * torch.tanh(g)
        return torch.sigmoid(o) * torch.tanh(c), c


class Prints(Right):
    """More than fits on a screen, in both places."""

    def forward(self, x, h, c):
        h, c = super().forward(x, h, c)
        print("\\x1b[2J", h.shape, "\\n" * 3, "漢字" * 50)
        print("err", file=sys.stderr)
        return h, c


class NotANumber(Right):
    """The logarithm of what becomes negative."""

    def forward(self, x, h, c):
        f, i, o, g = (x @ self.W.t() + h @ self.U.t() + self.b).chunk(4, 1)
        c = torch.sigmoid(f) * c + torch.log(torch.tanh(g))
        h = torch.sigmoid(o) * c
        return h, c
'''


def _fresh(text: str, cell: str, layers: int = 1) -> Prepared:
    return prepare(ModelOptions(text=text, cell=cell, hidden=6, layers=layers, epochs=2))


def _pasted(name: str) -> Prepared:
    file = Path("cells.py")
    if not file.exists():
        file.write_text(CELLS, encoding="utf-8")
    return _fresh("abcade" * 4, f"{file}:{name}")


def _without_output() -> Prepared:
    """A stranger's bare nn.LSTM of two layers."""
    file = Path("bare.pt")
    if not file.exists():
        torch.manual_seed(1)
        torch.save(nn.LSTM(5, 4, 2).state_dict(), file)
        Path("vocab.json").write_text('["a", "b", "c", "d", "e"]')
    return prepare(ModelOptions(model=str(file), vocab="vocab.json", text="abcde" * 5))


KINDS: dict[str, Callable[[], Prepared]] = {
    "two layers": partial(_fresh, TEXT, "by-hand", 2),
    "two GRUs": partial(_fresh, TEXT, "gru", 2),
    "one character": partial(_fresh, "t", "fused"),
    "no output layer": _without_output,
    **{f"a cell: {name}": partial(_pasted, name) for name in ("Right", "Wrong", "Raises", "Prints", "NotANumber")},
}
"""By what they are; files are made in the current folder."""
