"""A reading's steps are plain numbers, and they are the network's."""

from __future__ import annotations

import dataclasses
import itertools
import math
from collections.abc import Mapping

import pytest
import torch

from lstm_tui.core.text import Text
from lstm_tui.core.vocabulary import UnknownCharacters, Vocabulary
from lstm_tui.engine.network import Network, fresh
from lstm_tui.engine.rollout import Rollout
from lstm_tui.engine.timeline import Timeline
from tests.engine.facts import CELLS, edited

PLAIN = (str, int, float, bool, type(None))


def made(text: str = "hello", units: int = 3, layers: int = 1, cell: str = "by-hand", seed: int = 0) -> Rollout:
    vocabulary = Vocabulary.of(text)
    return Rollout(fresh(len(vocabulary), units, layers, CELLS[cell], seed), Text(vocabulary, text))


def assert_plain(value: object) -> None:
    """Nothing but Python's own numbers and strings in tuples, mappings and our frozen classes."""
    if dataclasses.is_dataclass(value):
        assert type(value).__module__ == "lstm_tui.core.step"
        for field in dataclasses.fields(value):
            assert_plain(getattr(value, field.name))
    elif isinstance(value, Mapping):
        assert all(type(key) is str for key in value)
        for item in value.values():
            assert_plain(item)
    elif isinstance(value, tuple):
        for item in value:
            assert_plain(item)
    else:
        assert type(value) in PLAIN, type(value)


@pytest.mark.parametrize("cell", list(CELLS))
@pytest.mark.parametrize(("text", "units", "layers"), [("hello", 3, 1), ("h", 1, 1), ("aaa", 1, 3), ("abcab", 4, 3)])
def test_steps_are_plain_and_complete(cell: str, text: str, units: int, layers: int) -> None:
    reading = made(text, units, layers, cell)
    steps = list(reading.steps(0, len(text) + 1))
    for position, step in enumerate(steps):
        assert_plain(step)
        assert (step.position, step.length, step.t) == (position, len(text), position - 1)
        assert step.char == (text[position - 1] if position else None)
        assert step.target == (text[position] if position < len(text) else None)
        assert len(step.layers) == layers
        for layer in step.layers:
            names = ["f", "i", "c_tilde", "o", "c", "h"] if position else ["h", "c"]
            assert sorted(layer.values) == sorted(names)
            assert all(len(vector) == units for vector in layer.values.values())
    assert steps[0].prediction is None
    for earlier, later in itertools.pairwise(steps):
        for old, new in zip(earlier.layers, later.layers, strict=True):
            assert new.before["c"] == old.values["c"]
            assert new.before["h"] == old.values["h"]


def test_predictions_are_the_softmax_of_the_logits() -> None:
    reading = made("the cat sat on the mat", 5, seed=2)
    for step in reading.steps(1, len(reading) + 1):
        guess = step.prediction
        assert guess is not None
        weights = [math.exp(score) for score in guess.logits]
        p = [weight / math.fsum(weights) for weight in weights]
        assert [g.p for g in guess.top] == pytest.approx(sorted(p, reverse=True)[:12], abs=1e-12)
        assert all(g.p == pytest.approx(p[g.index]) for g in guess.top)
        assert all(g.symbol == reading.vocabulary.symbols[g.index] for g in guess.top)
        assert guess.entropy == pytest.approx(-math.fsum(x * math.log(x) for x in p))
        if step.target is None:
            assert guess.target is None
            assert guess.loss is None
        else:
            assert guess.target is not None
            assert guess.target.symbol == step.target
            assert guess.loss == pytest.approx(-math.log(guess.target.p))


def test_a_single_symbol_is_certain_without_minus_zero() -> None:
    step = made("aaa", 1).step(1)
    assert step.prediction is not None
    assert step.prediction.top[0].p == 1.0
    assert f"{step.prediction.loss} {step.prediction.entropy}" == "0.0 0.0"


def test_impossible_symbols_count_nothing() -> None:
    reading = made("ab")
    reading.model.output.bias.copy_(torch.tensor([1e4, -1e4]))
    step = Rollout(reading.model, Text(reading.vocabulary, "ab")).step(1)
    assert step.prediction is not None
    assert step.prediction.entropy == 0.0
    assert step.prediction.loss == pytest.approx(2e4, rel=1e-3)


def test_equal_probabilities_in_vocabulary_order() -> None:
    reading = made("dcba")
    for parameter in reading.model.parameters():
        parameter.zero_()
    again = Rollout(reading.model, Text(reading.vocabulary, "dcba"))
    step = again.step(1)
    assert step.prediction is not None
    assert [guess.symbol for guess in step.prediction.top] == list("abcd")
    assert again.characters(1, 5, 4)[3].wrong is False  # 'a' was guessed before 'a', by the same rule


@pytest.mark.parametrize("cell", list(CELLS))
def test_wrong_marks_are_what_the_steps_say(cell: str) -> None:
    reading = made("the cat sat on the mat", 4, 2, cell, seed=5)
    reading.timeline = Timeline(reading.model, reading.indices, block=8)
    reading.timeline = edited(reading.timeline, 8, reading.zero_stack())
    reading.timeline = edited(reading.timeline, 13, reading.zero_stack())
    marks = reading.characters(1, len(reading) + 1, len(reading))
    assert marks[0].wrong is None
    for mark in marks[1:]:
        before = reading.step(mark.position - 1).prediction
        assert before is not None
        assert mark.wrong == before.wrong
    assert "".join(mark.symbol for mark in marks) == reading.text


def test_marks_stop_where_reading_stopped() -> None:
    reading = made("hello")
    assert [mark.wrong is None for mark in reading.characters(0, 99, 3)] == [True, False, False, True, True]
    assert len(reading.timeline._blocks[0]) <= 4, "nothing after the last step read may be computed"


def test_series() -> None:
    reading = made("hello", 3, 2)
    steps = list(reading.steps(0, 6))
    assert reading.series("c", 1, 2, 0, 6) == tuple(step.layers[1].values["c"][2] for step in steps)
    gates = reading.series("f", 0, 1, 0, 6)
    assert math.isnan(gates[0])
    assert gates[1:] == tuple(step.layers[0].values["f"][1] for step in steps[1:])


def test_the_mean_loss_is_the_steps_mean() -> None:
    reading = made("hello")
    losses = [step.prediction.loss for step in reading.steps(1, 5) if step.prediction and step.prediction.loss]
    assert reading.mean_loss() == pytest.approx(sum(losses) / 4, abs=1e-6)
    assert reading.mean_loss(2) == pytest.approx(sum(losses[:2]) / 2, abs=1e-6)
    assert made("h").mean_loss() is None


def test_the_difference_between_two_models() -> None:
    reading = made("hello", 3, 2)
    for cell in CELLS.values():
        difference, steps = reading.difference(reading.model.with_cell(cell))
        assert steps == 5
        assert difference < 1e-6
    other = reading.model.copy()
    other.cells[1].set_forget_bias(3.0)  # type: ignore[operator]
    wanted = max(
        abs(a - b)
        for mine, theirs in zip(reading.steps(1, 6), reading.with_model(other).steps(1, 6), strict=True)
        for one, two in zip(mine.layers, theirs.layers, strict=True)
        for name in one.values
        for a, b in zip(one.values[name], two.values[name], strict=True)
    )
    assert reading.difference(other)[0] == pytest.approx(wanted)
    assert reading.difference(other, 2)[1] == 2


def test_a_broken_model_is_never_called_the_same() -> None:
    reading = made("hello")
    broken: Network = reading.model.copy()
    next(broken.parameters()).fill_(math.nan)
    assert math.isnan(reading.difference(broken)[0])


def test_unknown_characters() -> None:
    model = fresh(4, 2)
    with pytest.raises(UnknownCharacters):
        Rollout(model, Text(Vocabulary.of("hello"), "help"))
    reading = Rollout(model, Text(Vocabulary.of("hello"), "help", unknown="o"))
    step = reading.step(3)
    assert step.target == "p"
    assert step.prediction is not None
    assert step.prediction.target is not None
    assert step.prediction.target.symbol == "o"


def test_tokens_are_one_step_each() -> None:
    reading = Rollout(fresh(3, 2), Text(Vocabulary(["<eos>", "a", "b"]), "ab<eos>a"))
    assert len(reading) == 4
    assert reading.step(3).char == "<eos>"


def test_edits_are_marked_and_carry_on_through_another_model() -> None:
    reading = made("hello")
    reading.timeline = edited(reading.timeline, 2, reading.zero_stack())
    other = reading.with_model(reading.model.copy())
    assert [step.edited for step in other.steps(0, 6)] == [False, False, True, False, False, False]
    assert not any(other.step(2).layers[0].values["c"])
    assert not any(other.step(3).layers[0].before["h"])
