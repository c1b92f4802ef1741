"""What a model says after a step, as plain numbers: the likeliest symbols or classes, or the next row."""

from __future__ import annotations

import math
from collections.abc import Sequence

import torch
from torch import Tensor

from lstm_tui.core.step import Guess, Prediction
from lstm_tui.engine.expected import Expected, log_chances, losses

_TOP = 12


def predicted(expected: Expected, outputs: Sequence[str], position: int, logits: Tensor) -> Prediction:
    """The distribution over `outputs` that the logits (1, V) after `position` are, beside the truth."""
    if expected.row is not None:
        return predicted_row(expected, position, logits)
    log_p = log_chances(logits[0].double(), expected.each)  # (V,)
    p = log_p.exp()
    target, loss = None, None
    if expected.there(position):
        index = int(expected.truth[position])
        target = Guess(index, outputs[index], float(p[index]))
        loss = float(0.0 - log_p[index])  # not -log_p: a certain guess costs 0, not -0
    entropy = float(torch.special.entr(p).sum() + 0.0)
    return Prediction(tuple(logits[0].tolist()), _likeliest(p, outputs), target, loss, entropy)


def predicted_row(expected: Expected, position: int, said: Tensor) -> Prediction:
    """What the output layer of a model of numbers says after `position` (1, K), and how wrong it is."""
    assert expected.numbers is not None, "what is asked of a text"
    true = expected.numbers.exact[position : position + 1]
    lost = float(losses(said.double(), true)) if len(true) else None
    return Prediction(tuple(said[0].tolist()), (), None, lost, math.nan)


def _likeliest(p: Tensor, outputs: Sequence[str]) -> tuple[Guess, ...]:
    """The first few of a distribution (V,) by probability, equal ones in vocabulary order."""
    among = torch.arange(len(p), device=p.device)
    if len(p) > _TOP:  # those worth sorting: a vocabulary may have hundreds of thousands
        worth = (p >= p.topk(_TOP).values[-1]).nonzero().flatten()
        among = worth if len(worth) >= _TOP else among  # fewer where there are NaN
    found, order = torch.sort(p[among], descending=True, stable=True)
    best = zip(found[:_TOP].tolist(), among[order[:_TOP]].tolist(), strict=True)
    return tuple(Guess(at, outputs[at], each) for each, at in best)
