"""One step of undo, and redo: trainings, states set by hand, and texts changed in between."""

from __future__ import annotations

from typing import Any, cast

import pytest

from lstm_tui.core.errors import UserError
from lstm_tui.core.options import ModelOptions
from lstm_tui.core.step import About, Vector
from lstm_tui.debugger.debugger import Debugger
from lstm_tui.debugger.history import Change, Debuggee, Undo
from lstm_tui.debugger.prepare import prepare
from lstm_tui.engine.rollout import Rollout


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


class TestUndo:
    """The bookkeeping, without a model."""

    def change(self, label: str) -> Change:
        return Change(label, lambda: self.aim(f"not {label}"), lambda: self.aim(label))

    def aim(self, name: str) -> Debuggee:
        return Debuggee(cast(Rollout, None), About(name, "by-hand", (), (1,), None, None))

    def toggled(self, undo: Undo) -> tuple[str, str]:
        make, sentence = undo.next
        undo.toggle()
        return make().about.name, sentence.partition(" (")[0]

    def test_round_and_round(self) -> None:
        undo = Undo()
        assert undo.label is None
        with pytest.raises(UserError, match="nothing to undo"):
            self.toggled(undo)
        undo.record(self.change("a"))
        assert undo.label == "a"
        assert self.toggled(undo) == ("not a", "undid: a")
        assert self.toggled(undo) == ("a", "redid: a")
        assert self.toggled(undo) == ("not a", "undid: a")

    def test_only_the_last_change(self) -> None:
        undo = Undo()
        undo.record(self.change("a"))
        assert self.toggled(undo) == ("not a", "undid: a")
        undo.record(self.change("b"))
        assert self.toggled(undo) == ("not b", "undid: b")
        undo.forget()
        with pytest.raises(UserError, match="nothing to undo"):
            self.toggled(undo)


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
        assert debugger.undo() == "undid: train (u does it again)"
        assert shown(debugger) == before
        assert (debugger.about.epochs, debugger.about.loss, debugger.about.unsaved) == (0, about.loss, False)
        assert debugger.step.position == 3
        assert debugger.undo() == "redid: train (u undoes it)"
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
    assert debugger.undo().startswith("undid: zero at step 2")
    assert shown(debugger) == before
    assert debugger.undo().startswith("redid: zero at step 2")
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
    assert debugger.undo().startswith("undid: reset")
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
    assert debugger.adopt(training) == "training cancelled after 1 epoch: the weights from before are kept"
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
    assert debugger.undoable == "train"
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
    debugger.undo()
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
