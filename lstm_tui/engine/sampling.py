"""The model writes on by itself: each character is drawn from what it guesses, then read like any other.

One of numbers reads its own predictions: a forecast. What it reads and does not predict stays as it was last.
"""

from __future__ import annotations

import math
from collections.abc import Iterator

import torch

from lstm_tui.core.classes import NOTHING_NEXT
from lstm_tui.core.errors import UserError
from lstm_tui.core.number_rows.row_sequence import Rows
from lstm_tui.engine.rollout import Rollout, Written

MOST = 100_000
"""Characters in one go: about ten seconds of a small model's time."""


def writing(reading: Rollout, position: int, count: int, temperature: float, seed: int) -> Iterator[Written]:
    """The indices of `count` characters that the model writes after `position`, at a temperature in logits.

    At temperature 1 characters are drawn with the probabilities the guess shows; below, the likely ones more often;
    0 takes the top guess every time. The same seed writes the same text. Raises `UserError` for numbers out of
    range.
    """
    if count < 1:
        raise UserError(f"the number of characters cannot be less than 1 (got {count})")
    if count > MOST:
        raise UserError(f"{count} characters are too many to imagine at once: give at most {MOST}")
    if not (math.isfinite(temperature) and temperature >= 0):
        raise UserError(f"the temperature cannot be {temperature:g}: give 0 (always the top guess) or more")
    if reading.classes is not None:
        raise UserError(NOTHING_NEXT)
    if isinstance(reading.sequence, Rows):
        return _forecast(reading, reading.sequence, position, count)
    return _written(reading, position, count, temperature, seed)


@torch.inference_mode()
def _forecast(reading: Rollout, rows: Rows, position: int, count: int) -> Iterator[Written]:
    model, numbers = reading.model, reading.timeline.expected.numbers
    stack, row = reading.timeline.state(position), rows.row(position, rows.form.channels)
    for at in range(position, position + count):
        outputs = model.logits(stack[-1][0])
        if outputs is None or numbers is None:
            raise UserError("this model has no output layer: it predicts nothing, so it cannot make a forecast")
        outputs_now = tuple(numbers.raw(outputs)[0].tolist())
        if not all(map(math.isfinite, outputs_now)):
            raise UserError("what the model says is not a number: nothing can be forecast from here")
        yield outputs_now
        row = rows.following(row, outputs_now)
        x = torch.tensor([rows.scaled(row)], dtype=torch.float64).to(reading.indices)
        start = model.zero_state() if reading.interventions.resets(at) else stack
        stack = model.carry(x, start, reading.timeline.held(at + 1))


@torch.inference_mode()
def _written(reading: Rollout, position: int, count: int, temperature: float, seed: int) -> Iterator[int]:
    model = reading.model
    stack = reading.timeline.state(position)
    draw = torch.Generator().manual_seed(seed)
    for at in range(position + 1, position + count + 1):
        logits = model.logits(stack[-1][0])
        if logits is None:
            raise UserError("this model has no output layer: it guesses nothing, so it cannot continue a text")
        index = _drawn(logits[0].double().cpu(), temperature, draw)
        yield index
        stack = model.carry(model.read(reading.indices.new_tensor([index])), stack, reading.timeline.held(at))


def _drawn(logits: torch.Tensor, temperature: float, draw: torch.Generator) -> int:
    if not bool(logits.isfinite().all()):
        raise UserError("the logits hold NaN or infinite values: nothing can be sampled")
    if temperature == 0:
        return int(logits.argmax())
    scaled = (logits - logits.max()) / max(temperature, 1e-9)
    return int(torch.multinomial(scaled.softmax(dim=0), 1, generator=draw))
