"""Steps made by hand, for tests that need no model."""

from __future__ import annotations

import math
from collections.abc import Sequence

from lstm_tui.core.quantities import LSTM
from lstm_tui.core.step import About, Guess, LayerStep, Prediction, Step, Vector


def made_about(vocabulary: Sequence[str] = ("e", "h", "l", "o"), sizes: tuple[int, ...] = (2,)) -> About:
    return About("made", "by-hand", tuple(vocabulary), sizes, epochs=None, loss=None)


def made_layer(index: int, values: Vector) -> LayerStep:
    """A layer whose six quantities are all `values`."""
    return LayerStep(index, {quantity.name: values for quantity in LSTM}, {})


def made_prediction(logits: Vector, target: Guess | None) -> Prediction:
    top = (Guess(0, "e", 0.75), Guess(1, "h", 0.25))
    return Prediction(logits, top, target, None if target is None else -math.log(target.p), 0.5)


def made_step(
    t: int = 0,
    char: str = "h",
    target: str | None = "e",
    values: Vector = (0.25, -0.5),
    logits: Vector | None = (1.0, 2.0, 3.0, 4.0),
    layers: int = 1,
) -> Step:
    guess = None if target is None else Guess(0, target, 0.5)
    prediction = None if logits is None else made_prediction(logits, guess)
    stack = tuple(made_layer(index, values) for index in range(layers))
    return Step(t + 1, 5, char, target, stack, prediction)
