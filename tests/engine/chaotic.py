"""Models that multiply rounding, but not while they read their first symbol, which shuts every gate to h."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor

from lstm_tui.core.text import Text
from lstm_tui.core.vocabulary import Vocabulary
from lstm_tui.debugger.debugger import Debugger
from lstm_tui.engine.cells import cell_named
from lstm_tui.engine.loading.open import about_model
from lstm_tui.engine.network import Network, fresh
from lstm_tui.engine.rollout import Rollout


def chaotic(cell: str, sizes: Sequence[int], seed: int = 1, scale: float = 25.0) -> Network:
    """Three symbols; with recurrent weights of this size the second and third make it chaotic."""
    draw = torch.Generator().manual_seed(seed)
    model = fresh(3, sizes, cell=cell_named(cell), seed=seed)
    layers = model.weights()
    for weights, strength in zip(layers, (scale, *[2.0] * len(layers)), strict=False):
        size = weights["weight_hh"].shape[1]
        weights["weight_hh"].copy_(torch.randn(weights["weight_hh"].shape, generator=draw) * strength / size**0.5)
        weights["weight_ih"].copy_(torch.randn(weights["weight_ih"].shape, generator=draw))
    size, shut = sizes[0], layers[0]["weight_ih"][:, 0]
    if cell == "gru":
        shut[: 2 * size], shut[2 * size :] = -30.0, 0.0  # h = n, which hears nothing of h'
    else:
        shut[3 * size :] = -30.0  # o = 0
    model.load(layers)
    return model


def calm_first(calm: int, length: int, seed: int = 5) -> Tensor:
    """A text whose first `calm` symbols are the one that shuts the gates."""
    wild = torch.randint(1, 3, (length - calm,), generator=torch.Generator().manual_seed(seed))
    return torch.cat([torch.zeros(calm, dtype=torch.long), wild])


def debugger_of(model: Network, text: Tensor) -> Debugger:
    """The model open on a text of a, b and c."""
    vocabulary = Vocabulary(("a", "b", "c"))
    reading = Rollout(model, Text(vocabulary, "".join(vocabulary.symbols[index] for index in text.tolist())))
    return Debugger(reading, about_model("chaotic", reading, 0, None, None, ()))
