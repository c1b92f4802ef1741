"""Steps as programs get them: the numbers that stepping gives, made plain for many steps at once."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from itertools import islice
from typing import TYPE_CHECKING

import torch
from torch import Tensor

from lstm_tui.core.questions.excerpt import WHOLE, Excerpt
from lstm_tui.core.step import Guess, LayerStep, Prediction, Step, Vector
from lstm_tui.engine.blocks import StepTensors
from lstm_tui.engine.expected import log_chances
from lstm_tui.engine.predicting import predicted_row
from lstm_tui.engine.spans.shortest import shortest

if TYPE_CHECKING:
    from lstm_tui.engine.rollout import Rollout

TOGETHER = 64
"""Steps whose tensors are held at once."""


def printed_steps(
    rollout: Rollout, positions: Iterable[int], excerpt: Excerpt = WHOLE, most: int = TOGETHER
) -> Iterator[Step]:
    """The steps at `positions` (from 1), `most` at a time.

    float32 numbers are the shortest decimals that read back as the same float32. The states before a step, a ranking of
    the guesses and their entropy are not there.
    """
    if not all(cell.described for cell in rollout.model.cells):
        most = 1  # a user's cell may go on writing into the tensors that it showed, and may fail at the next step
    remaining = iter(positions)
    while chunk := list(islice(remaining, most)):
        yield from _plain(rollout, chunk, [rollout.timeline.at(position) for position in chunk], excerpt)


@torch.inference_mode()
def _plain(
    rollout: Rollout, positions: Sequence[int], moments: Sequence[StepTensors], excerpt: Excerpt
) -> Iterator[Step]:
    layers = [_layer(index, moments, excerpt) for index in excerpt.layers_of(len(moments[0].layers))]
    if rollout.timeline.expected.row is not None:
        return iter([_of_row(rollout, *one, layers) for one in enumerate(zip(positions, moments, strict=True))])
    predictions = _predictions(rollout, positions, moments, excerpt)
    symbols, length = rollout.symbols, len(rollout)
    of_rows = rollout.timeline.expected.numbers is not None
    return iter(
        [
            Step(
                position,
                length,
                symbols[position - 1],
                rollout.target(position),
                tuple(layer[at] for layer in layers),
                predictions[at],
                moments[at].edited,
                row=rollout.blank(position).row if of_rows else None,
            )
            for at, position in enumerate(positions)
        ]
    )


def _of_row(rollout: Rollout, at: int, of: tuple[int, StepTensors], layers: list[list[LayerStep]]) -> Step:
    """A step of a model of numbers: what it says of them is in float64."""
    position, moment = of
    blank = rollout.blank(position, moment.logits)
    prediction = None if moment.logits is None else predicted_row(rollout.timeline.expected, position, moment.logits)
    return replace(blank, layers=tuple(layer[at] for layer in layers), prediction=prediction, edited=moment.edited)


def _layer(index: int, moments: Sequence[StepTensors], excerpt: Excerpt) -> list[LayerStep]:
    """One layer at every moment. A user's cell may name other quantities at another step: then it comes alone."""
    names = excerpt.names_of(moments[0].layers[index])
    if not names:
        return [LayerStep(index, {}, {})] * len(moments)
    rows = torch.cat([moment.layers[index][name] for moment in moments for name in names])  # (n · names, H)
    if excerpt.units is not None:
        rows = rows[:, list(excerpt.units)]
    vectors = list(map(tuple, shortest(rows).tolist()))
    return [
        LayerStep(index, dict(zip(names, vectors[at : at + len(names)], strict=True)), {})
        for at in range(0, len(vectors), len(names))
    ]


def _predictions(
    rollout: Rollout, positions: Sequence[int], moments: Sequence[StepTensors], excerpt: Excerpt
) -> list[Prediction | None]:
    if rollout.model.output is None:
        return [None] * len(moments)
    logits = torch.cat([moment.logits for moment in moments if moment.logits is not None])  # (n, V)
    shown: list[Vector] = [()] * len(moments)
    if excerpt.wants("logits"):
        shown = list(map(tuple, shortest(logits).tolist()))
    judged = [rollout.timeline.expected.there(position) for position in positions]
    truth = rollout.timeline.expected.truth
    end = len(truth) - 1  # where there is no target any symbol stands in for it
    targets: Tensor = truth[[min(position, end) for position in positions]]
    log_p = log_chances(logits.double(), rollout.timeline.expected.each).gather(1, targets[:, None])[:, 0]
    chances, losses = log_p.exp().tolist(), (0.0 - log_p).tolist()  # not -log_p: a certain guess costs 0, not -0
    made: list[Prediction | None] = []
    for vector, counts, index, p, loss in zip(shown, judged, targets.tolist(), chances, losses, strict=True):
        if not counts:
            made.append(Prediction(vector, (), None, None, math.nan))
        else:
            target = Guess(index, rollout.outputs[index], p)
            made.append(Prediction(vector, (), target, loss, math.nan))
    return made
