"""The verbs: where the cursor goes, what each hands out, what is refused and what is kept."""

from __future__ import annotations

import math
import random
from pathlib import Path
from typing import Any

import pytest
import torch

from lstm_tui.core.errors import UserError
from lstm_tui.core.options import ModelOptions
from lstm_tui.core.quantities import LSTM
from lstm_tui.core.vocabulary import UnknownCharacters
from lstm_tui.debugger.debugger import Debugger
from lstm_tui.debugger.prepare import prepare


def opened(**said: Any) -> Debugger:
    return prepare(ModelOptions(**said)).open()


@pytest.fixture
def hello() -> Debugger:
    return opened()


class TestMoving:
    """Positions run from the zero state to the last character; beyond the ends there is nothing."""

    def test_forward_and_back(self, hello: Debugger) -> None:
        assert hello.position == 0
        assert [hello.forward().char for _ in range(6)] == ["h", "e", "l", "l", "o", "o"]
        assert [hello.back().position for _ in range(6)] == [4, 3, 2, 1, 0, 0]
        assert hello.forward(3).position == 3
        assert hello.back(2).position == 1
        assert hello.forward(10**12).position == 5
        assert hello.back(10**12).position == 0

    def test_to(self, hello: Debugger) -> None:
        assert [hello.to(position).position for position in (4, -3, 99, 2)] == [4, 0, 5, 2]
        assert hello.step is hello.step
        assert hello.to(2) is hello.step

    def test_any_walk_shows_what_a_fresh_start_shows(self) -> None:
        debugger = opened(text="the cat sat on the mat", hidden=4, layers=2)
        steps = list(opened(text="the cat sat on the mat", hidden=4, layers=2).steps(0, debugger.length + 1))
        walk = random.Random(0)
        for _ in range(60):
            step = getattr(debugger, walk.choice(["forward", "back", "to"]))(walk.randrange(debugger.length + 3))
            wanted = steps[step.position]
            assert step is debugger.step
            assert [layer.values for layer in step.layers] == [layer.values for layer in wanted.layers]

    def test_looking_around_does_not_move(self, hello: Debugger) -> None:
        hello.to(2)
        assert [step.char for step in hello.steps(1, 6)] == list("hello")
        hello.series("c", 0, 0, 0, 6)
        hello.equations(0, 0)
        assert hello.position == 2

    def test_the_zero_state(self, hello: Debugger) -> None:
        step = hello.step
        assert (step.position, step.char, step.target, step.prediction) == (0, None, "h", None)
        assert set(step.layers[0].values) == {"c", "h"}
        assert not any(line.text for line in hello.equations(0, 3))
        assert hello.movers(0, "c") == ()

    def test_the_last_character_has_no_target(self, hello: Debugger) -> None:
        step = hello.to(5)
        assert step.target is None
        assert step.prediction is not None
        assert step.prediction.target is None
        assert step.prediction.wrong is False


class TestShowing:
    """What the panels ask for."""

    def test_quantities_in_panel_order(self, hello: Debugger) -> None:
        assert hello.quantities == LSTM

    def test_the_movers_are_the_largest_changes(self, hello: Debugger) -> None:
        for position in range(1, 6):
            layer = hello.to(position).layers[0]
            for name in ("c", "h"):
                moves = [abs(a - b) for a, b in zip(layer.values[name], layer.before[name], strict=True)]
                movers = hello.movers(0, name, 8)
                assert [moves[unit] for unit in movers] == sorted(moves, reverse=True)
                assert hello.movers(0, name) == movers[:3]
        assert hello.movers(0, "f") == ()

    def test_what_stands_still_is_no_mover(self, hello: Debugger) -> None:
        hello.to(3)
        hello.zero()
        hello.forward()
        before = hello.step.layers[0].before["h"]
        assert not any(before)

    def test_marks_tell_nothing_of_what_was_not_read(self, hello: Debugger) -> None:
        hello.to(3)
        marks = hello.characters(0, 99)
        assert [mark.symbol for mark in marks] == list("hello")
        assert [mark.wrong for mark in marks] == [None, False, False, None, None]
        assert hello.characters(2, 4) == () or [m.position for m in hello.characters(2, 4)] == [2, 3]

    def test_series_stays_within_the_text(self, hello: Debugger) -> None:
        values = hello.series("f", 0, 2, -5, 99)
        assert len(values) == 6
        assert math.isnan(values[0])
        assert values[3] == hello.to(3).layers[0].values["f"][2]

    def test_a_scale_depends_on_the_text_and_the_model_only(self, hello: Debugger) -> None:
        first = hello.scales(0)
        hello.to(5)
        hello.zero()
        hello.to(1)
        assert hello.scales(0) == first
        assert first["c"].panel == 5.0
        hello.read("h")
        assert hello.scales(0)["c"].panel < 5.0

    def test_a_curve_has_its_own_unit_s_scale_and_the_panel_one_that_serves_most(self) -> None:
        debugger = opened(text="a" * 50, hidden=8)
        with torch.no_grad():
            for name, bias in debugger.debuggee.network.named_parameters():
                if name.endswith("bias") and bias.shape == (8,):
                    bias[3] = 30.0  # one unit adds one at every step: it reaches 50
        scale = debugger.scales(0)["c"]
        largest = [max(map(abs, row)) for row in debugger.values("c", 0, range(8), 1, 51)]
        assert largest[3] > 40
        assert scale.units[3] == 50.0
        assert all(unit >= most for unit, most in zip(scale.units, largest, strict=True))
        assert max(most for at, most in enumerate(largest) if at != 3) <= scale.panel <= 2

    def test_the_equations_are_those_of_the_cursor(self, hello: Debugger) -> None:
        lines = {line.quantity: line for line in (hello.to(2), hello.equations(0, 4))[1]}
        for name, vector in hello.step.layers[0].values.items():
            assert lines[name].value == vector[4]


class TestTexts:
    """Another text, or none."""

    def test_reading(self, hello: Debugger) -> None:
        hello.to(4)
        step = hello.read("hole")
        assert (step.position, hello.text, hello.length, list(hello.symbols)) == (0, "hole", 4, list("hole"))
        assert hello.forward().char == "h"

    @pytest.mark.parametrize("text", ["", "help!"])
    def test_what_cannot_be_read_changes_nothing(self, hello: Debugger, text: str) -> None:
        hello.to(3)
        step = hello.step
        with pytest.raises(UserError):
            hello.read(text)
        assert (hello.text, hello.step) == ("hello", step)

    def test_unknown_characters_are_named(self, hello: Debugger) -> None:
        with pytest.raises(UnknownCharacters) as caught:
            hello.read("help!")
        assert caught.value.counts == {"p": 1, "!": 1}
        assert caught.value.first == 3

    def test_the_stand_in_for_unknown_characters_stays(self) -> None:
        debugger = opened(text="hello", unknown="o")
        assert debugger.read("help").length == 4

    def test_a_text_of_one_character(self) -> None:
        debugger = opened(text="a", hidden=1)
        assert debugger.forward().target is None
        assert debugger.forward().position == 1
        with pytest.raises(UserError, match="one character has nothing to predict"):
            debugger.training()


class TestCells:
    """Three implementations of one function."""

    def test_round_the_cells_and_back(self, hello: Debugger) -> None:
        hello.to(3)
        before = hello.step.layers[0].values
        names = []
        for _ in hello.cells():
            switched = hello.switch_cell()
            names.append(switched.cell)
            assert switched.difference < 1e-6
            assert switched.steps == 5
            assert hello.about.cell == switched.cell
            assert hello.position == 3
            for name, vector in hello.step.layers[0].values.items():
                assert vector == pytest.approx(before[name], abs=1e-6)
        assert names == ["fused", "builtin", "by-hand"]
        assert hello.step.layers[0].values == before
        assert not hello.about.unsaved

    def test_an_unknown_cell_changes_nothing(self, hello: Debugger) -> None:
        with pytest.raises(UserError, match="choose one of by-hand, fused, builtin"):
            hello.switch_cell("perceptron")
        with pytest.raises(UserError, match="this model is of LSTM cells and gru is of the GRU kind"):
            hello.switch_cell("gru")
        assert hello.about.cell == "by-hand"


class TestTraining:
    """What is asked for, and what is refused."""

    @pytest.mark.parametrize(
        ("asked", "sentence"),
        [
            ({"epochs": 0}, r"epochs cannot be less than 1 \(got 0\)"),
            ({"epochs": -1}, r"epochs cannot be less than 1 \(got -1\)"),
            ({"lr": 0.0}, "the learning rate cannot be 0: give a number above 0"),
            ({"lr": -0.1}, "the learning rate cannot be -0.1:"),
            ({"lr": math.nan}, "the learning rate cannot be nan:"),
            ({"lr": math.inf}, "the learning rate cannot be inf:"),
            ({"lr": 1e300}, r"the learning rate cannot be 1e\+300:"),
            ({"text": ""}, "the text is empty"),
            ({"text": "x"}, "one character has nothing to predict"),
            ({"text": "xy", "hidden": 0}, r"units cannot be less than 1 \(got 0\)"),
            ({"fresh": True, "hidden": 99_999}, r"units cannot be more than 16,384 \(got 99,999\)"),
            ({"hidden": 4}, "belong to fresh weights"),
            ({"forget_bias": 1.0}, "belong to fresh weights"),
            ({"fresh": True, "forget_bias": math.nan}, "the forget bias cannot be nan"),
        ],
    )
    def test_numbers_that_cannot_be_used(self, hello: Debugger, asked: dict[str, Any], sentence: str) -> None:
        with pytest.raises(UserError, match=sentence):
            hello.training(**asked)

    def test_defaults_follow_the_text_and_the_options(self) -> None:
        assert (opened(text="hello").training().epochs, opened(text="hello").training().lr) == (200, 0.1)
        long = opened(text="hello" * 200).training()
        assert (long.epochs, long.lr) == (20, 0.01)
        said = opened(text="hello", epochs=7, lr=0.5, train=True)
        assert said.train_first
        assert (said.training().epochs, said.training().lr) == (7, 0.5)
        assert said.training(epochs=3).epochs == 3

    def test_fresh_weights_of_another_size_read_the_same_text(self) -> None:
        debugger = opened(text="abcab", hidden=3, layers=2, seed=4)
        wanted = opened(text="abcab", hidden=6, layers=2, seed=4, forget_bias=2.0).to(3)
        debugger.to(3)
        training = debugger.training(epochs=2, fresh=True, hidden=6, forget_bias=2.0)
        assert [layer.values for layer in training.reading.step(3).layers] == [layer.values for layer in wanted.layers]
        training.run()
        debugger.adopt(training)
        assert (debugger.about.hidden_sizes, debugger.text, debugger.position) == ((6, 6), "abcab", 3)
        assert debugger.step.layers[1].units == 6
        debugger.undo()
        assert debugger.about.hidden_sizes == (3, 3)
        with pytest.raises(UserError, match="no forget gate"):
            opened(text="abcab", cell="gru").training(fresh=True, forget_bias=1.0)

    def test_fresh_is_the_seeds_model_again(self) -> None:
        debugger = opened(text="abcab", hidden=3, layers=2, seed=4, forget_bias=1.0, cell="fused")
        untrained = opened(text="abcab", hidden=3, layers=2, seed=4, forget_bias=1.0, cell="fused").to(3)
        for fresh, epochs in ((False, 4), (False, 8), (True, 4)):
            training = debugger.training(epochs=4, fresh=fresh)
            if fresh:
                start = training.reading.step(3)
                assert [layer.values for layer in start.layers] == [layer.values for layer in untrained.layers]
            training.run()
            debugger.adopt(training)
            assert debugger.about.epochs == epochs

    def test_the_model_shown_does_not_change_while_another_learns(self, hello: Debugger) -> None:
        values = hello.to(3).layers[0].values
        training = hello.training(epochs=3)
        training.run(lambda _: (hello.reset(), None)[1])
        assert hello.to(3).layers[0].values == values

    def test_the_recipe_through_the_door(self) -> None:
        debugger = opened(text="hello")
        training = debugger.training()
        training.run()
        assert debugger.adopt(training).startswith("trained 200 epochs, loss < 0.0001")
        shipped = opened()
        for position in range(1, 6):
            mine, theirs = debugger.to(position).layers[0].values, shipped.to(position).layers[0].values
            for name in mine:
                assert mine[name] == pytest.approx(theirs[name], abs=0.005)


class TestSaving:
    """Nothing is lost, and what is written opens."""

    def test_round_trip(self, tmp_path: Path) -> None:
        path = str(tmp_path / "m.safetensors")
        for cell in ("by-hand", "fused", "builtin"):
            debugger = opened(text="abcab", hidden=3, layers=2, cell=cell, seed=6)
            training = debugger.training(epochs=5)
            training.run()
            debugger.adopt(training)
            assert debugger.about.unsaved
            debugger.save(path, force=True)
            assert not debugger.about.unsaved
            back = opened(model=path)
            assert [layer.values for layer in back.to(5).layers] == [layer.values for layer in debugger.to(5).layers]
            assert (back.about.epochs, back.about.loss) == (5, debugger.about.loss)
            assert (back.about.cell, back.text) == (cell, "abcab")

    def test_an_existing_file_is_kept(self, hello: Debugger, tmp_path: Path) -> None:
        path = tmp_path / "m.safetensors"
        path.write_bytes(b"precious")
        with pytest.raises(UserError, match="exists"):
            hello.save(str(path))
        assert path.read_bytes() == b"precious"
        hello.save(str(path), force=True)
        assert opened(model=str(path)).text == "hello"

    def test_what_was_read_with_a_stand_in_opens_without_one(self, tmp_path: Path) -> None:
        path = str(tmp_path / "m.safetensors")
        opened(text="help", model="hello", unknown="o").save(path)
        assert opened(model=path).text == "helo"


def test_a_fork_does_not_read_the_stops_again_that_a_smaller_model_has_no_unit_for() -> None:
    debugger = opened(text="hello", hidden=64, stops=("f[63] > .9",))
    training = debugger.training(epochs=1, text="help", hidden=8)
    training.run()
    debugger.adopt(training)
    debugger.forward(3)
    fork = debugger.fork()
    assert (debugger.position, fork.position, fork.about, fork.length) == (3, 0, debugger.about, 4)
    assert [step.char for step in fork.steps(1, 5)] == list("help")
    assert next(fork.steps(3, 4)).layers[0].values == debugger.step.layers[0].values


def test_nothing_is_copied_before_a_training_runs(monkeypatch: pytest.MonkeyPatch) -> None:
    from lstm_tui.engine.network import Network

    copies: list[Network] = []
    copy = Network.copy
    monkeypatch.setattr(Network, "copy", lambda model: (copies.append(model), copy(model))[1])
    debugger = opened(text="hello")
    assert (debugger.recipe().epochs, debugger.recipe(epochs=3, lr=0.5).lr) == (200, 0.5)
    training = debugger.training(epochs=1)
    assert copies == []
    training.run()
    assert len(copies) == 2  # what is trained, and what its epochs are looked at with
