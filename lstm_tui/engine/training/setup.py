"""What a training starts from: the present weights or fresh ones, the present text or another."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import partial

from lstm_tui.core.errors import UserError
from lstm_tui.core.number_rows.row_sequence import Rows
from lstm_tui.core.options import ModelOptions
from lstm_tui.core.text import Text
from lstm_tui.core.vocabulary import Vocabulary
from lstm_tui.engine.network import Network
from lstm_tui.engine.network import fresh as fresh_model
from lstm_tui.engine.rollout import Rollout
from lstm_tui.engine.runners.row_runner import reads_side_by_side
from lstm_tui.engine.training.loop import Recipe, recipe_for

LARGEST_HIDDEN, LARGEST_BIAS = 16_384, 1e6
LARGEST_LR = 1e6
"""Far beyond anything that learns; much further, Adam's own arithmetic overflows."""


def recipe(
    reading: Rollout,
    options: ModelOptions,
    epochs: int | None,
    lr: float | None,
    fresh: bool,
    text: str | None,
    hidden: int | None,
    forget_bias: float | None = None,
) -> Recipe:
    """How a training would go. Nothing is copied. Raises `UserError` for numbers or texts that cannot be used."""
    epochs, lr = epochs if epochs is not None else options.epochs, lr if lr is not None else options.lr
    _check(epochs, lr, hidden, text)
    _check_shape(reading.model, fresh or text is not None, text, hidden, forget_bias)
    if text is None and reading.model.output is None:
        raise UserError("this model has no output layer, so it guesses nothing and cannot be trained")
    if text is None and reading.classes is not None:
        raise UserError("this model is a classifier, which is trained on many texts with a label each: not here")
    if text is None and reading.model.head is not None:
        raise UserError("this model has Dense layers below its output layer, so it cannot be trained here")
    length = len(reading) if text is None else len(Text(Vocabulary.of(text), text))
    if length < 2:
        one = "a text of one character" if reading.sequence.unit == "character" else f"one {reading.sequence.unit}"
        raise UserError(f"{one} has nothing to predict: training needs at least two")
    how = replace(recipe_for(length, epochs, lr), device=options.device)
    window = reading.sequence.form.window if text is None and isinstance(reading.sequence, Rows) else None
    return how if window is None else replace(how, window=window, batch=1, reset=True)


def prepare_training(
    reading: Rollout,
    options: ModelOptions,
    epochs: int | None,
    lr: float | None,
    fresh: bool,
    text: str | None,
    hidden: int | None,
    forget_bias: float | None = None,
) -> tuple[Callable[[], Rollout], Recipe]:
    """What makes a reading of its own to train, in any thread, and the recipe. Raises what `recipe` raises."""
    how = recipe(reading, options, epochs, lr, fresh, text, hidden, forget_bias)
    now = reading.model
    bias = options.forget_bias if forget_bias is None else forget_bias
    drawn = partial(fresh_model, cell=now.cell_type, seed=options.seed or 0, forget_bias=bias)

    def make() -> Rollout:
        if text is not None:
            own = Text(Vocabulary.of(text), text)
            return Rollout(drawn(len(own.vocabulary), hidden or now.hidden_sizes[0]), own)
        if hidden is not None:
            sizes = [hidden] * len(now.cells)
            # States set by hand are as wide as the old layers: they are left out.
            return Rollout(drawn(now.input_size, sizes, len(sizes), like=now), reading.sequence)
        if fresh:
            outputs = None if now.output is None else now.output.out_features
            return reading.anew(drawn(now.input_size, now.hidden_sizes, like=now, outputs=outputs))
        return reading.anew(now.copy())

    if now.cell_type.described:
        return make, how
    made = make()  # now: a user's cell may not bear being copied while it runs
    if how.batch > 1 and not reads_side_by_side(made.model):
        how = replace(how, batch=1)  # it may be written for one row
    return lambda: made, how


def _check(epochs: int | None, lr: float | None, hidden: int | None, text: str | None) -> None:
    if text is not None and not text:
        raise UserError("the text is empty: training needs at least two characters")
    if epochs is not None and epochs < 1:
        raise UserError(f"the number of epochs cannot be less than 1 (got {epochs})")
    if lr is not None and not 0 < lr <= LARGEST_LR:
        raise UserError(f"the learning rate cannot be {lr:g}: give a number above 0, such as 0.01")
    if hidden is not None and hidden < 1:
        raise UserError(f"the number of units cannot be less than 1 (got {hidden})")
    if hidden is not None and hidden > LARGEST_HIDDEN:
        raise UserError(f"the number of units cannot be more than {LARGEST_HIDDEN:,} (got {hidden:,})")


def _check_shape(now: Network, fresh: bool, text: str | None, hidden: int | None, forget_bias: float | None) -> None:
    """What only fresh weights can be given, and not those of every model."""
    if not fresh and (hidden is not None or forget_bias is not None):
        raise UserError("the number of units and the forget bias belong to fresh weights: start from fresh ones")
    if hidden is not None and text is None and now.tied:
        raise UserError("the number of units is fixed: this model's embedding is also its output layer")
    if forget_bias is None:
        return
    if not abs(forget_bias) <= LARGEST_BIAS:
        raise UserError(f"the forget bias cannot be {forget_bias:g}: give a number such as 1 or 2")
    if not now.cell_type.described or "f" not in now.cell_type.kind.gate_rows or not all(c.biased for c in now.cells):
        raise UserError("this model's cells have no forget gate with a bias: leave the forget bias empty")
