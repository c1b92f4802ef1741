"""What a training starts from: the present weights or fresh ones, the present text or another."""

from __future__ import annotations

import math

from lstm_tui.engine.char_lstm import fresh as fresh_model
from lstm_tui.engine.reading import Reading
from lstm_tui.engine.training import Recipe, recipe_for
from lstm_tui.errors import UserError
from lstm_tui.options import ModelOptions
from lstm_tui.vocabulary import Vocabulary


def prepare_training(
    reading: Reading,
    options: ModelOptions,
    epochs: int | None,
    lr: float | None,
    fresh: bool,
    text: str | None,
    hidden: int | None,
) -> tuple[Reading, Recipe]:
    """A reading of its own to train, and the recipe. Raises `UserError` for numbers or texts that cannot be used."""
    epochs, lr = epochs if epochs is not None else options.epochs, lr if lr is not None else options.lr
    _check(epochs, lr, hidden)
    now, model = reading.model, reading.model
    seed = options.seed or 0
    if text is not None:
        vocabulary = Vocabulary.of(text)
        size, kind, bias = len(vocabulary), now.cell_type, options.forget_bias
        other = Reading(fresh_model(size, hidden or now.hidden_sizes[0], 1, kind, seed, bias), vocabulary, text)
    else:
        if fresh:
            model = fresh_model(
                now.input_size, now.hidden_sizes, cell=now.cell_type, seed=seed, forget_bias=options.forget_bias
            )
        other = reading.with_model(model.copy())
    if len(other) < 2:
        raise UserError("a text of one character has nothing to predict: training needs at least two")
    return other, recipe_for(len(other), epochs, lr)


def _check(epochs: int | None, lr: float | None, hidden: int | None) -> None:
    if epochs is not None and epochs < 1:
        raise UserError(f"{epochs} epochs make no sense: give a whole number from 1 up")
    if lr is not None and not (math.isfinite(lr) and lr > 0):
        raise UserError(f"a learning rate of {lr:g} makes no sense: give a number above 0, such as 0.01")
    if hidden is not None and hidden < 1:
        raise UserError(f"{hidden} units make no sense: give a whole number from 1 up")
