"""Undo and redo, as deep as was changed: trainings, states set by hand, and texts changed in between."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lstm_tui.core.errors import WEIGHTS_KEPT
from lstm_tui.core.options import ModelOptions
from lstm_tui.core.step import Vector
from lstm_tui.debugger.debuggee import Debuggee
from lstm_tui.debugger.debugger import Debugger
from lstm_tui.debugger.history import MOST, MOST_PARAMETERS, Change, ChangeHistory
from lstm_tui.debugger.prepare import prepare


def opened(**said: Any) -> Debugger:
    return prepare(ModelOptions(**said)).open()


def shown(debugger: Debugger) -> list[Vector]:
    """Every c and h of the whole text: what an undo must bring back to the bit."""
    return [
        layer.values[name]
        for step in debugger.steps(0, debugger.length + 1)
        for layer in step.layers
        for name in ("c", "h")
    ]


def train(debugger: Debugger, **how: Any) -> str:
    training = debugger.training(**{"epochs": 3, **how})
    training.run()
    return debugger.adopt(training)


class TestHistory:
    """The bookkeeping, without a model."""

    def history(self, *labels: str, parameters: int | None = None) -> ChangeHistory:
        history = ChangeHistory()
        for label in labels:
            history.record(Change(label, self.nothing, self.nothing, parameters=parameters))
        return history

    def nothing(self, now: Debuggee) -> Debuggee:
        raise AssertionError("nothing is made of it here")

    def undo(self, history: ChangeHistory) -> str:
        assert history.undoable is not None
        sentence = history.after_undo()
        history.undid(history.undoable)
        return sentence

    def redo(self, history: ChangeHistory) -> str:
        assert history.redoable is not None
        sentence = history.after_redo()
        history.redid(history.redoable)
        return sentence

    def test_one_after_the_other_there_and_back(self) -> None:
        history = self.history("a", "b", "c")
        assert self.undo(history) == "undone: c; u: undo b, ctrl+r: redo"
        assert self.undo(history) == "undone: b; u: undo a, ctrl+r: redo"
        assert self.redo(history) == "redone: b; u: undo, ctrl+r: redo c"
        assert self.redo(history) == "redone: c; u: undo"
        assert history.redoable is None
        for _ in range(2):
            self.undo(history)
        assert self.undo(history) == "undone: a; ctrl+r: redo"
        assert history.undoable is None

    def test_what_was_undone_is_past_once_something_else_is_done(self) -> None:
        history = self.history("a", "b")
        self.undo(history)
        history.record(Change("c", self.nothing, self.nothing))
        assert history.redoable is None
        assert self.undo(history) == "undone: c; u: undo a, ctrl+r: redo"

    def test_it_does_not_grow_for_ever(self) -> None:
        history = self.history(*map(str, range(MOST + 5)))
        count = 0
        while history.undoable is not None:
            assert self.undo(history).startswith(f"undone: {MOST + 4 - count};")
            count += 1
        assert count == MOST
        history = self.history("a", "b", "c", parameters=MOST_PARAMETERS // 2)
        assert self.undo(history) == "undone: c; u: undo b, ctrl+r: redo"
        assert self.undo(history) == "undone: b; ctrl+r: redo"
        assert history.undoable is None
        assert self.history("vast", parameters=2 * MOST_PARAMETERS).undoable is not None


@settings(max_examples=15, deadline=None)
@given(st.lists(st.sampled_from(("zero", "reset", "train", "imagine", "learn", "forward", "undo", "redo")), max_size=9))
def test_however_deep_every_state_comes_back_to_the_bit(verbs: list[str]) -> None:
    debugger = opened(text="abcab", hidden=2)
    debugger.to(2)
    states, at = [shown(debugger)], 0
    for number, verb in enumerate(verbs):
        label = debugger.undoable
        match verb:
            case "train":
                train(debugger, epochs=1)
            case "learn":
                train(debugger, epochs=1, text="cabcab"[: 3 + at % 4], hidden=2)
            case "imagine" if debugger.position:
                debugger.imagine(9, seed=number)
            case "undo" | "redo":
                at = max(0, at - 1) if verb == "undo" else min(len(states) - 1, at + 1)
                getattr(debugger, verb)()
            case "zero" | "reset" | "forward":
                getattr(debugger, verb)()
        if verb in ("undo", "redo") or (debugger.undoable == label and shown(debugger) == states[at]):
            assert shown(debugger) == states[at]
        else:
            at += 1
            states[at:] = [shown(debugger)]
    for state in reversed(states[:at]):
        debugger.undo()
        assert shown(debugger) == state
    assert debugger.undo() == "nothing to undo"
    for state in states[1:]:
        debugger.redo()
        assert shown(debugger) == state
    assert debugger.redo() == "nothing to redo"


def test_training_and_back_and_again() -> None:
    debugger = opened(text="abcab", hidden=3)
    debugger.to(3)
    before, about = shown(debugger), debugger.about
    assert train(debugger).startswith("trained 3 epochs, loss ")
    after = shown(debugger)
    assert after != before
    assert debugger.position == 3
    assert (debugger.about.epochs, debugger.about.unsaved) == (3, True)
    assert debugger.undoable == "train"
    for _ in range(2):
        assert debugger.undo() == "undone: train; ctrl+r: redo"
        assert shown(debugger) == before
        assert (debugger.about.epochs, debugger.about.loss, debugger.about.unsaved) == (0, about.loss, False)
        assert debugger.step.position == 3
        assert debugger.redo() == "redone: train; u: undo"
        assert shown(debugger) == after
        assert debugger.about.epochs == 3


def test_zero_and_back_and_again() -> None:
    debugger = opened(text="abcab", hidden=3)
    before = shown(debugger)
    debugger.to(2)
    step = debugger.zero()
    assert step.edited
    assert not any(step.layers[0].values["c"])
    after = shown(debugger)
    assert after[:4] == before[:4]
    assert after[6:] != before[6:]
    debugger.forward(2)
    assert debugger.undo().startswith("undone: zero at step 2")
    assert shown(debugger) == before
    assert debugger.redo().startswith("redone: zero at step 2")
    assert shown(debugger) == after
    assert debugger.position == 4


def test_zero_where_all_is_zero_is_no_change() -> None:
    debugger = opened(text="abcab", hidden=3)
    debugger.zero()
    assert debugger.undoable is None
    debugger.to(2)
    before = shown(debugger)
    debugger.zero()
    debugger.zero()
    debugger.undo()
    assert shown(debugger) == before


def test_reset_forgets_states_set_by_hand_and_can_be_undone() -> None:
    debugger = opened(text="abcab", hidden=3)
    before = shown(debugger)
    debugger.to(2)
    debugger.zero()
    edited = shown(debugger)
    assert debugger.reset().position == 0
    assert shown(debugger) == before
    assert debugger.undo().startswith("undone: reset")
    assert shown(debugger) == edited
    debugger.undo()
    assert shown(debugger) == before


def test_reset_with_nothing_set_leaves_the_training_to_undo() -> None:
    debugger = opened(text="abcab", hidden=3)
    before = shown(debugger)
    train(debugger)
    debugger.to(2)
    debugger.reset()
    debugger.undo()
    assert shown(debugger) == before


def test_training_keeps_the_states_set_by_hand() -> None:
    debugger = opened(text="abcab", hidden=3)
    debugger.to(2)
    debugger.zero()
    train(debugger)
    assert debugger.step.edited
    assert not any(debugger.step.layers[0].values["h"])
    debugger.undo()
    assert debugger.step.edited


def test_a_cancelled_training_changes_nothing() -> None:
    debugger = opened(text="abcab", hidden=3)
    before, about = shown(debugger), debugger.about
    training = debugger.training(epochs=50)
    training.run(lambda _: training.cancel())
    assert debugger.adopt(training) == f"training cancelled after 1 epoch: {WEIGHTS_KEPT}"
    assert shown(debugger) == before
    assert debugger.about is about
    assert debugger.undoable is None


def test_a_training_not_run_changes_nothing() -> None:
    debugger = opened(text="abcab", hidden=3)
    before = shown(debugger)
    debugger.adopt(debugger.training(epochs=50))
    assert shown(debugger) == before


def test_a_text_changed_meanwhile_stays() -> None:
    debugger = opened(text="abcab", hidden=3)
    before = shown(debugger)
    training = debugger.training(epochs=3)
    debugger.read("cba")
    training.run()
    debugger.adopt(training)
    assert debugger.text == "cba"
    debugger.undo()
    assert debugger.text == "cba"
    debugger.read("abcab")
    assert (debugger.undoable, debugger.redoable) == (None, "train")
    assert shown(debugger) == before


def test_a_text_changed_afterwards_makes_states_set_by_hand_past() -> None:
    debugger = opened(text="abcab", hidden=3)
    debugger.to(2)
    debugger.zero()
    debugger.read("cba")
    assert debugger.undoable is None
    assert debugger.undo() == "nothing to undo"
    assert not any(step.edited for step in debugger.steps(0, 4))


@pytest.mark.parametrize("text", ["xyzzy", "bacab", "abcab"])
def test_learning_another_text_opens_it_whatever_its_characters(text: str) -> None:
    debugger = opened(text="abcab", hidden=3, layers=2)
    debugger.to(3)
    before = shown(debugger)
    train(debugger, fresh=True, text=text, hidden=5)
    assert (debugger.text, debugger.position) == (text, 0)
    assert debugger.about.hidden_sizes == (5,)
    assert (debugger.about.name, debugger.about.epochs, debugger.about.path) == ("fresh", 3, None)
    assert debugger.about.vocabulary == tuple(sorted(set(text)))
    after = shown(debugger)
    debugger.undo()
    assert (debugger.text, debugger.about.hidden_sizes, shown(debugger)) == ("abcab", (3, 3), before)
    debugger.redo()
    assert (debugger.text, debugger.about.hidden_sizes, shown(debugger)) == (text, (5,), after)


def test_learning_another_text_with_states_set_by_hand() -> None:
    debugger = opened(text="abcab", hidden=3)
    debugger.to(2)
    debugger.zero()
    train(debugger, text="cabcab", hidden=5)
    assert not any(step.edited for step in debugger.steps(0, 7))
    debugger.undo()
    assert debugger.to(2).edited


def test_the_cell_stays_when_a_training_is_undone() -> None:
    debugger = opened(text="abcab", hidden=3)
    before = shown(debugger)
    train(debugger)
    debugger.switch_cell("builtin")
    debugger.undo()
    assert debugger.about.cell == "builtin"
    for mine, theirs in zip(shown(debugger), before, strict=True):
        assert mine == pytest.approx(theirs, abs=1e-6)


def test_states_set_by_hand_survive_another_cell() -> None:
    debugger = opened(text="abcab", hidden=3)
    before = shown(debugger)
    debugger.to(2)
    debugger.zero()
    debugger.switch_cell("fused")
    assert debugger.step.edited
    debugger.undo()
    for mine, theirs in zip(shown(debugger), before, strict=True):
        assert mine == pytest.approx(theirs, abs=1e-6)
