"""Stops at the door: runs end where asking every step says, cancelled ones move nothing, reasons are the screen's."""

from __future__ import annotations

import math
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from lstm_tui.conditions import ConditionError
from lstm_tui.core.errors import UserError
from lstm_tui.core.options import ModelOptions
from lstm_tui.core.step import Step
from lstm_tui.debugger.debugger import Debugger
from lstm_tui.debugger.jobs import Job
from lstm_tui.debugger.prepare import prepare
from lstm_tui.debugger.stops import Stop
from lstm_tui.engine import timeline


def opened(**said: Any) -> Debugger:
    return prepare(ModelOptions(**said)).open()


def went(debugger: Debugger, run: Job) -> str:
    run.run()
    return debugger.commit(run)


def unit(step: Step, quantity: str, at: int) -> float:
    return step.layers[0].values[quantity][at]


ASKED = (
    ("f[3] < 0.5", lambda now, was: unit(now, "f", 3) < 0.5),
    ("delta(c[1]) > 0.2", lambda now, was: unit(now, "c", 1) - unit(was, "c", 1) > 0.2),
    ("char == 'l' and prev(char) != 'l'", lambda now, was: now.char == "l" and was.char not in (None, "l")),
    ("wrong", lambda now, was: now.prediction is not None and now.prediction.wrong),
    ("loss > 1.7", lambda now, was: now.prediction is not None and (now.prediction.loss or 0) > 1.7),
    ("all(abs(h) < 0.2)", lambda now, was: all(abs(h) < 0.2 for h in now.layers[0].values["h"])),
    (
        "crosses(h[0], 0)",
        lambda now, was: unit(was, "h", 0) < 0 <= unit(now, "h", 0) or unit(was, "h", 0) > 0 >= unit(now, "h", 0),
    ),
)
"""Conditions, and what they mean of the steps that the screen shows."""


@settings(deadline=None, max_examples=40, suppress_health_check=list(HealthCheck))
@given(
    which=st.lists(st.integers(0, len(ASKED) - 1), min_size=1, max_size=2, unique=True),
    seed=st.integers(0, 4),
    text=st.text("helo ", min_size=1, max_size=40),
    zeroed=st.integers(0, 40),
    start=st.integers(0, 40),
    cell=st.sampled_from(("by-hand", "fused", "builtin")),
    block=st.sampled_from((3, 8, 256)),
)
def test_runs_stop_where_every_step_says(
    which: list[int], seed: int, text: str, zeroed: int, start: int, cell: str, block: int
) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(timeline, "BLOCK", block)
        debugger = opened(text="helo " + text, hidden=4, seed=seed, forget_bias=1.0, cell=cell)
        debugger.to(zeroed)
        debugger.zero()
        steps = list(debugger.steps(0, debugger.length + 1))
        holds = [k for k in range(1, len(steps)) if any(ASKED[n][1](steps[k], steps[k - 1]) for n in which)]
        debugger.stops.set([Stop(ASKED[n][0]) for n in which])
        assert [step.position for step in debugger.stops.steps(1, debugger.length + 1)] == holds
        start = debugger.to(start).position
        went(debugger, debugger.stops.run())
        assert debugger.position == next((k for k in holds if k > start), debugger.length)
        debugger.to(start)
        went(debugger, debugger.stops.run(forward=False))
        assert debugger.position == next((k for k in reversed(holds) if k < start), 0)


class TestRuns:
    def test_the_reason_has_the_number_and_the_values_of_the_step_shown(self) -> None:
        debugger = opened()
        debugger.stops.set([Stop("c[3] > 99"), Stop("f[1] < 0.05", on=True), Stop("t == 1")])
        said = went(debugger, debugger.stops.run())
        value = unit(debugger.step, "f", 1)
        assert debugger.position == 2
        assert said == f"stop 2: f[1] = {value:.4f} < 0.05; stop 3: t = 1 (step 2) == 1"

    def test_the_ends_are_said_and_not_left(self) -> None:
        debugger = opened()
        debugger.stops.set([Stop("c[3] > 99")])
        assert went(debugger, debugger.stops.run()) == "no stop is met before the end"
        assert debugger.position == 5
        assert went(debugger, debugger.stops.run()) == "no stop is met before the end"
        assert debugger.position == 5
        assert went(debugger, debugger.stops.run(forward=False)) == "no stop is met back to the start"
        assert debugger.position == 0
        went(debugger, debugger.stops.run(forward=False))
        assert debugger.position == 0

    def test_a_place_left_is_not_the_next_place(self) -> None:
        debugger = opened()
        debugger.stops.set([Stop("char == 'l'")])
        assert [(went(debugger, debugger.stops.run()), debugger.position)[1] for _ in range(3)] == [3, 4, 5]
        back = [(went(debugger, debugger.stops.run(False)), debugger.position)[1] for _ in range(3)]
        assert back == [4, 3, 0]

    def test_nothing_to_stop_at_is_said(self) -> None:
        debugger = opened()
        with pytest.raises(UserError, match="b sets one"):
            debugger.stops.run()
        debugger.stops.set([Stop("t == 1", on=False)])
        with pytest.raises(UserError, match="every stop is off"):
            debugger.stops.run()

    def test_a_cancelled_run_moves_nothing_and_keeps_what_it_scanned(self) -> None:
        debugger = opened(text="ab" * 2000)
        debugger.stops.set([Stop("c[3] > 99")])
        run = debugger.stops.run()
        run.run(seconds=0)
        assert run.outcome == "running"
        assert 0 < run.fraction < 1
        run.cancel()
        assert "still at step 0" in went(debugger, run)
        assert run.outcome == "cancelled"
        assert debugger.position == 0

    def test_a_run_can_be_taken_up_again(self) -> None:
        debugger = opened(text="ab" * 2000)
        debugger.stops.set([Stop("t == 3900"), Stop("c[3] > 99")])
        run = debugger.stops.run()
        pieces = 0
        while run.outcome == "running":
            run.run(seconds=0)
            pieces += 1
        assert pieces > 3
        assert debugger.commit(run) == "stop 1: t = 3900 (step 3901) == 3900"
        assert debugger.position == 3901

    @pytest.mark.parametrize(("change", "arguments"), [("read", ["hello"]), ("zero", []), ("switch_cell", [])])
    def test_what_changed_meanwhile_makes_it_worthless(self, change: str, arguments: list[str]) -> None:
        debugger = opened(text="hello" * 3)
        debugger.stops.set([Stop("char == 'o'")])
        debugger.to(2)
        run = debugger.stops.run()
        run.run()
        getattr(debugger, change)(*arguments)
        position = debugger.position
        assert "has changed: run it again" in debugger.commit(run)
        assert debugger.position == position

    def test_a_far_jump_shows_what_stepping_shows(self) -> None:
        far, walked = opened(text="hello " * 200), opened(text="hello " * 200)
        went(far, far.stops.goto(1111))
        step = [walked.forward() for _ in range(1111)][-1]
        assert far.step.layers[0].values == step.layers[0].values
        assert far.step.prediction is not None
        assert step.prediction is not None
        assert far.step.prediction.logits == step.prediction.logits


class TestList:
    def test_what_cannot_be_read_changes_nothing(self) -> None:
        debugger = opened()
        debugger.stops.set([Stop("t == 1")])
        with pytest.raises(ConditionError):
            debugger.stops.set([Stop("f[99] < 1")])
        assert debugger.stops.listed == (Stop("t == 1"),)
        assert debugger.stops.mistake("f[3] < 1") is None
        wrong = debugger.stops.mistake("f[3] << 1")
        assert wrong is not None

    def test_options_bring_them(self) -> None:
        assert opened(stops=("t == 1", "wrong")).stops.listed == (Stop("t == 1"), Stop("wrong"))
        with pytest.raises(ConditionError):
            prepare(ModelOptions(stops=("f[8] < 1",)))

    def test_another_model_gets_those_it_can_use(self) -> None:
        debugger, other = opened(stops=("f[7] < 1", "f[1] < 1")), opened(text="hello", hidden=4)
        other.stops.adopt(debugger.stops)
        assert other.stops.listed == (Stop("f[7] < 1", on=False), Stop("f[1] < 1"))

    @pytest.mark.parametrize("quantity", ["f", "i", "c_tilde", "o", "c", "h"])
    def test_what_is_suggested_holds_here(self, quantity: str) -> None:
        debugger = opened()
        for position in range(1, 6):
            step = debugger.to(position)
            for at in range(8):
                text = debugger.stops.suggested(0, at, quantity)
                debugger.stops.set([Stop(text)])
                held = [found.position for found in debugger.stops.steps(position, position + 1)]
                value = unit(step, quantity, at)
                assert held == [position] or math.isclose(value, float(text.split()[-1]), abs_tol=0.01), text

    def test_before_the_first_step_something_is_suggested_all_the_same(self) -> None:
        assert opened().stops.suggested(0, 3, "f") == "f[3] < 0.1"


class TestFinding:
    def test_is_a_stop_until_it_is_forgotten(self) -> None:
        debugger = opened(text="hello hello hello", hidden=4)
        debugger.stops.set([Stop("t == 7")])
        run = debugger.stops.find("lo")
        assert run is not None
        assert went(debugger, run) == "found 'lo'"
        assert debugger.position == 4
        assert went(debugger, debugger.stops.run()) == "stop 1: t = 7 (step 8) == 7"
        assert went(debugger, debugger.stops.run()) == "found 'lo'"
        assert debugger.position == 10
        went(debugger, debugger.stops.run(False))
        went(debugger, debugger.stops.run(False))
        assert debugger.position == 4
        assert debugger.stops.find("") is None
        went(debugger, debugger.stops.run(False))
        assert debugger.position == 0

    def test_both_are_said_where_both_hold(self) -> None:
        debugger = opened()
        debugger.stops.set([Stop("t == 2")])
        run = debugger.stops.find("l")
        assert run is not None
        assert went(debugger, debugger.stops.run()) == "stop 1: t = 2 (step 3) == 2; found 'l'"
