"""A backward pass written by hand is judged by the slope of its own forward, and the first wrong line is named."""

from __future__ import annotations

from pathlib import Path

import pytest

from lstm_tui.core.user_cell import CheckRequest, Departure
from lstm_tui.engine.judging.class_check import check

WHOLE = """import torch
from torch import nn


class Step(torch.autograd.Function):
    @staticmethod
    def forward(ctx, x, h, c, W, U, b):
        z = x @ W + h @ U + b
        zi, zf, zg, zo = z.chunk(4, dim=1)
        i, f, g, o = zi.sigmoid(), zf.sigmoid(), zg.tanh(), zo.sigmoid()
        cy = f * c + i * g
        hy = o * cy.tanh()
        ctx.save_for_backward(x, h, c, W, U, i, f, g, o, cy)
        return hy, cy

    @staticmethod
    def backward(ctx, dh, dc):
        x, h, c, W, U, i, f, g, o, cy = ctx.saved_tensors
        t = cy.tanh()
        do = dh * t
        dc = dc + dh * o * (1 - t * t)
        df, di, dg = dc * c, dc * g, dc * i
        dz = torch.cat([di * i * (1 - i), df * f * (1 - f), dg * (1 - g * g), do * o * (1 - o)], dim=1)
        return dz @ W.t(), dz @ U.t(), dc * f, x.t() @ dz, h.t() @ dz, dz.sum(0)


class Cell(nn.Module):
    def __init__(self, input_size, hidden_size):
        super().__init__()
        self.W = nn.Parameter(torch.randn(input_size, 4 * hidden_size) * 0.3)
        self.U = nn.Parameter(torch.randn(hidden_size, 4 * hidden_size) * 0.3)
        self.b = nn.Parameter(torch.zeros(4 * hidden_size))

    def forward(self, x, state):
        h, c = state
        return Step.apply(x, h, c, self.W, self.U, self.b)
"""
PART = """import torch
from torch import nn


class Squash(torch.autograd.Function):
    @staticmethod
    def forward(z):
        return z.sigmoid()

    @staticmethod
    def setup_context(ctx, inputs, output):
        ctx.save_for_backward(output)

    @staticmethod
    def backward(ctx, d):
        (y,) = ctx.saved_tensors
        return d * y * (1 - y)


class Cell(nn.Module):
    def __init__(self, input_size, hidden_size):
        super().__init__()
        self.lin = nn.Linear(input_size + hidden_size, 4 * hidden_size)

    def forward(self, x, state):
        h, c = state
        i, f, g, o = self.lin(torch.cat([x, h], dim=1)).chunk(4, dim=1)
        c = Squash.apply(f) * c + Squash.apply(i) * torch.tanh(g)
        return Squash.apply(o) * torch.tanh(c), c
"""


def findings(folder: Path, source: str, change: tuple[str, str] | None = None) -> tuple[Departure, ...]:
    if change is not None:
        assert change[0] in source
        source = source.replace(*change)
    path = folder / "mine.py"
    path.write_text(source)
    return check(CheckRequest(f"{path}:Cell", "hello", {}, {})).findings


@pytest.mark.parametrize("source", [WHOLE, PART], ids=["a step", "an activation"])
def test_a_right_one_passes(tmp_path: Path, source: str) -> None:
    assert findings(tmp_path, source) == ()


@pytest.mark.parametrize(
    ("source", "change", "quantity", "line", "says"),
    [
        (WHOLE, ("1 - t * t", "1 - t"), "∂/∂cy", 21, "the derivative by cy (line 11) is wrong in dc"),
        (WHOLE, ("dc * c, dc * g", "dc * h, dc * g"), "∂/∂f", 22, "the derivative by f (line 10) is wrong in df"),
        (WHOLE, ("do * o * (1 - o)", "do * (1 - o)"), "∂/∂z", 23, "the derivative by z (line 8) is wrong in dz"),
        (WHOLE, ("x.t() @ dz, h", "x.t() @ dz * 2, h"), "∂/∂W", 24, "backward's derivative by W (x.t() @ dz * 2)"),
        (WHOLE, ("dz @ U.t(), dc * f", "dc * f, dz @ U.t()"), "∂/∂h", 24, "backward's derivative by h (dc * f)"),
        (PART, ("d * y * (1 - y)", "d * y"), "∂/∂z", 17, "backward's derivative by z (d * y) is not the slope"),
    ],
    ids=["cy", "f", "z", "W", "h", "activation"],
)
def test_the_first_wrong_derivative_is_named(
    tmp_path: Path, source: str, change: tuple[str, str], quantity: str, line: int, says: str
) -> None:
    (found,) = findings(tmp_path, source, change)
    assert (found.quantity, found.line) == (quantity, line)
    assert found.says.startswith(says)
    assert found.has is not None
    assert found.expected is not None
    assert abs(found.has - found.expected) > 1e-3
