"""Strangers' models opened in tests, and what their steps must be."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import torch
from torch import Tensor, nn

from lstm_tui.core.errors import UserError
from lstm_tui.core.options import ModelOptions
from lstm_tui.debugger.debugger import Debugger
from lstm_tui.debugger.prepare import prepare
from lstm_tui.engine.loading.foreign_model import ForeignModel, LayerWeights


def opened(path: Path | str, **said: Any) -> Debugger:
    return prepare(ModelOptions(model=str(path), **said)).open()


def refused(path: Path | str, **said: Any) -> str:
    with pytest.raises(UserError) as caught:
        opened(path, **said)
    assert str(caught.value).isprintable()
    return str(caught.value)


def saved(folder: Path, net: nn.Module) -> Path:
    torch.save(net.state_dict(), folder / "model.pt")
    return folder / "model.pt"


def reference(found: ForeignModel, indices: list[int]) -> Iterator[list[dict[str, Tensor]]]:
    """Each step's quantities of every layer in float32, written apart from the program: one product a block of rows."""
    states = [[torch.zeros(layer.hidden_size) for _ in range(2)] for layer in found.layers]
    for index in indices:
        x = torch.eye(found.symbols)[index] if found.embedding is None else found.embedding[index]
        made = []
        for layer, state in zip(found.layers, states, strict=True):
            values = (lstm if found.kind == "lstm" else gru)(layer, x, *state)
            x = state[0] = values["h"]
            state[1] = values.get("c", x)
            made.append(values)
        yield made


def lstm(layer: LayerWeights, x: Tensor, h: Tensor, c: Tensor) -> dict[str, Tensor]:
    size = layer.hidden_size
    of_x, of_h = (_parts(w, b, v, size) for w, b, v in _both(layer, x, h))
    i, f, g, o = (a + b for a, b in zip(of_x, of_h, strict=True))
    f, i, o, g = (1 / (1 + torch.exp(-f)), 1 / (1 + torch.exp(-i)), 1 / (1 + torch.exp(-o)), torch.tanh(g))
    c = f * c + i * g
    return {"f": f, "i": i, "c_tilde": g, "o": o, "c": c, "h": o * torch.tanh(c)}


def gru(layer: LayerWeights, x: Tensor, h: Tensor, _: Tensor) -> dict[str, Tensor]:
    size = layer.hidden_size
    (xr, xz, xn), (hr, hz, hn) = (_parts(w, b, v, size) for w, b, v in _both(layer, x, h))
    r, z = 1 / (1 + torch.exp(-xr - hr)), 1 / (1 + torch.exp(-xz - hz))
    n = torch.tanh(xn + r * hn)
    return {"r": r, "z": z, "n": n, "h": n + z * (h - n)}


def _both(layer: LayerWeights, x: Tensor, h: Tensor) -> list[tuple[Tensor, Tensor | None, Tensor]]:
    return [(layer.weight_ih, layer.bias_ih, x), (layer.weight_hh, layer.bias_hh, h)]


def _parts(weight: Tensor, bias: Tensor | None, x: Tensor, size: int) -> tuple[Tensor, ...]:
    rows = torch.einsum("ij,j->i", weight, x)
    return torch.split(rows if bias is None else rows + bias, size)
