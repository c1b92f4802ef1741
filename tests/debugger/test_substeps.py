"""`into` and `into_back`: at every position, with every other verb, and over a cell that fails."""

from __future__ import annotations

from pathlib import Path

import pytest

from lstm_tui.core.options import ModelOptions
from lstm_tui.core.step import Step
from lstm_tui.debugger.debugger import Debugger
from lstm_tui.debugger.prepare import prepare

STUDENTS = Path(__file__).parent.parent / "engine" / "students.py"


def opened(cell: str = "by-hand", **options: object) -> Debugger:
    return prepare(ModelOptions(cell=cell, **options)).open()  # type: ignore[arg-type]


def student(name: str) -> Debugger:
    return opened(f"{STUDENTS}:{name}")


def place(step: Step) -> tuple[int, int | None]:
    return step.position, step.stage.index if step.stage is not None else None


@pytest.mark.parametrize("cell", ["by-hand", "fused", "builtin", f"{STUDENTS}:Gru", f"{STUDENTS}:Chunks"])
def test_into_walks_the_whole_text_and_back_again_the_same_way(cell: str) -> None:
    debugger = opened(cell)
    there = [place(debugger.step)]
    while place(debugger.into()) != there[-1]:
        there.append(place(debugger.step))
    assert debugger.step.position == debugger.length
    back = [place(debugger.step)]
    while place(debugger.into_back()) != back[-1]:
        back.append(place(debugger.step))
    assert back[::-1] == there
    assert debugger.step.stage is None


@pytest.mark.parametrize("position", range(6))
def test_from_every_position_in_and_out(position: int) -> None:
    debugger = opened()
    whole = debugger.to(position)
    step = debugger.into()
    if position == debugger.length:
        assert step is whole
        return
    assert place(step) == (position + 1, 1)
    assert step.layers[0].values == {}
    assert place(debugger.forward()) == (position + 1, None)
    debugger.to(position)
    debugger.into()
    assert place(debugger.back()) == (position, None)
    assert debugger.step.layers[0].values == whole.layers[0].values


@pytest.mark.parametrize("position", range(1, 6))
def test_back_from_a_finished_step_shows_its_last_equation(position: int) -> None:
    debugger = opened()
    whole = debugger.to(position)
    step = debugger.into_back()
    assert step.stage is not None
    assert step.stage.done
    assert step.prediction is not None
    assert step.layers[0].values == whole.layers[0].values
    step = debugger.into_back()
    assert step.prediction is None


def test_right_finishes_the_step_and_then_goes_on() -> None:
    debugger = opened()
    debugger.into()
    debugger.into()
    assert place(debugger.forward()) == (1, None)
    assert place(debugger.forward()) == (2, None)


def test_right_at_the_last_equation_goes_on() -> None:
    debugger = opened()
    while not (debugger.into().stage and debugger.step.stage and debugger.step.stage.done):
        pass
    assert place(debugger.forward()) == (2, None)


def test_what_is_not_computed_yet_is_not_there_and_hints_at_nothing() -> None:
    debugger = opened()
    debugger.to(2)
    debugger.into()
    assert debugger.movers(0, "c") == ()
    assert debugger.equations(0, 0) == ()
    assert len(debugger.series("c", 0, 0, 0, 10)) == 3  # steps 0, 1 and 2: the third is being computed
    assert debugger.step.layers[0].units == 8


def test_other_verbs_leave_the_step() -> None:
    for verb in (lambda d: d.reset(), lambda d: d.zero(), lambda d: d.read("hell"), lambda d: d.switch_cell()):
        debugger = opened()
        debugger.to(1)
        debugger.into()
        verb(debugger)
        assert debugger.step.stage is None


def test_a_recording_is_made_anew_after_a_change() -> None:
    debugger = opened()
    debugger.to(1)
    debugger.into()
    first = debugger.into().layers[0].values["f"]
    debugger.to(1)
    debugger.zero()
    debugger.into()
    assert debugger.into().layers[0].values["f"] != first


@pytest.mark.parametrize("name", ["Raises", "WrongShape"])
def test_a_cell_that_fails_is_shown_at_its_line_and_the_debugger_lives(name: str) -> None:
    debugger = student(name)
    step = debugger.forward()
    assert step.stage is not None
    assert step.stage.error is not None
    again = debugger.forward()
    assert again.stage is not None
    assert again.stage.error == step.stage.error
    assert place(debugger.into()) == place(step)
    assert debugger.series("c", 0, 0, 0, 10) == (0.0,)
    assert debugger.characters(0, 10)
    assert place(debugger.back()) == (0, None)


def test_a_jump_over_a_step_that_fails_ends_in_it() -> None:
    debugger = student("RaisesLater")
    step = debugger.to(5)
    assert step.position == 3
    assert step.stage is not None
    assert step.stage.error == "ValueError: no l today"
    debugger.zero()
    assert debugger.position == 3
    assert place(debugger.back()) == (2, None)
