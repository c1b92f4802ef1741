"""A whole text's numbers as arrays: those that stepping gives, bit for bit."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import torch
from torch import Tensor

from lstm_tui.core.questions.excerpt import Excerpt
from lstm_tui.engine.expected import log_chances
from lstm_tui.engine.expected import losses as losses_of

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from lstm_tui.engine.rollout import Rollout


@torch.inference_mode()
def stepped_arrays(rollout: Rollout, excerpt: Excerpt) -> dict[tuple[int | None, str], NDArray[Any]]:
    """(layer, quantity) → (T, units); and (None, name) → `logits` (T, V), `loss` and `p` (T,) in float64, `guess` (T,).

    A guess is the index of a symbol. NaN where a value does not exist: the last loss, what a user's cell did not name.
    Without an output layer the last four are not there; a model of numbers has `output` (T, K), raw, and `loss`.
    """
    model, length = rollout.model, len(rollout)
    kept: dict[tuple[int | None, str], Tensor] = {}
    for index in excerpt.layers_of(len(model.cells)):
        width = len(excerpt.units_of(model.hidden_sizes[index]))
        for name in excerpt.names_of(quantity.name for quantity in model.cells[index].quantities):
            kept[index, name] = model.like.new_full((length, width), torch.nan)
    logits: list[Tensor] = []
    for t, moment in enumerate(rollout.timeline.moments(1, length + 1)):
        for (layer, name), rows in kept.items():
            assert layer is not None
            value = moment.layers[layer].get(name)
            if value is not None:
                rows[t] = value[0] if excerpt.units is None else value[0, list(excerpt.units)]
        if moment.logits is not None:
            logits.append(moment.logits)
    if logits:
        kept |= _guesses(rollout, torch.cat(logits))
    return {key: rows.cpu().numpy() for key, rows in kept.items()}


def _guesses(rollout: Rollout, logits: Tensor) -> dict[tuple[int | None, str], Tensor]:
    """What is guessed after every step, out of its logits (T, V)."""
    expected = rollout.timeline.expected
    numbers = expected.row
    if numbers is not None:
        lost = logits.new_full((len(logits),), torch.nan, dtype=torch.float64)
        lost[:-1] = losses_of(logits[:-1].double(), numbers.exact[1:])
        return {(None, "output"): numbers.raw(logits), (None, "loss"): lost}
    log_p = log_chances(logits.double(), expected.each)
    losses = log_p.new_full((len(logits),), torch.nan)
    judged = [t for t in range(len(logits)) if expected.there(t + 1)]
    true = expected.truth[[t + 1 for t in judged]]
    losses[judged] = 0.0 - log_p[judged].gather(1, true[:, None])[:, 0]
    found = {"logits": logits, "loss": losses, "p": (-losses).exp(), "guess": log_p.exp().argmax(dim=1)}
    return {(None, name): rows for name, rows in found.items()}
