"""A user's own code, run: what it writes is caught, what it raises is a sentence, what it keeps is no hindrance."""

from __future__ import annotations

import gc
import os
from pathlib import Path
from typing import Any, cast

import pytest
import torch

from lstm_tui.core.options import ModelOptions
from lstm_tui.debugger.debugger import Debugger
from lstm_tui.debugger.prepare import prepare
from lstm_tui.engine.user_cells.copying import copied
from tests.engine.breaking import Keeps

FILE = str(Path(__file__).with_name("breaking.py"))


def opened(name: str, text: str = "hello") -> Debugger:
    return prepare(ModelOptions(cell=f"{FILE}:{name}", text=text)).open()


def test_whatever_way_it_writes_nothing_arrives_outside(capfd: pytest.CaptureFixture[str]) -> None:
    debugger = opened("Writes")
    print("before")
    debugger.to(3)
    print("after")
    assert capfd.readouterr() == ("before\nafter\n", "")


def test_a_step_walked_through_shows_all_it_wrote() -> None:
    debugger = opened("Writes")
    debugger.to(2)
    stage = debugger.into().stage
    while stage is not None and not stage.done:
        stage = debugger.into().stage
    assert stage is not None
    lines = sorted(stage.printed.replace("own stdout", "own stdout\n").split("\n"))
    assert lines == ["", "both", "echo", "logging", "one", "own stdout", "print", "puts", "stderr", "two"]


def test_a_copy_that_it_forks_goes_no_further() -> None:
    debugger = opened("Forks")
    me = os.getpid()
    debugger.to(5)
    assert os.getpid() == me  # a copy that went on would fail, or pass, a second time


def test_any_exception_is_its_own_error() -> None:
    stage = opened("Leaves").to(3).stage
    assert stage is not None
    assert stage.error == "SystemExit: enough"


@pytest.mark.filterwarnings("ignore::ResourceWarning")
def test_a_cell_that_keeps_what_cannot_be_copied_is_right_and_trains() -> None:
    debugger, right = opened("Keeps"), opened("Right")
    assert debugger.to(5).layers[0].values == right.to(5).layers[0].values
    for each in (debugger, right):
        training = each.training(epochs=3)
        training.run()
        each.adopt(training)
    assert debugger.step.layers[0].values == right.step.layers[0].values
    del debugger
    gc.collect()


@pytest.mark.filterwarnings("ignore::ResourceWarning")
def test_of_what_is_beside_it_a_copy_is_made() -> None:
    cell = Keeps(4, 8)
    cell(torch.zeros(1, 4), torch.ones(1, 8), torch.zeros(1, 8))  # leaves a tensor that belongs to a graph
    other = copied(cell)
    assert isinstance(other, Keeps)
    assert other.lock is cell.lock
    mine, copies = cast(dict[str, Any], cell.held), cast(dict[str, Any], other.held)
    assert copies["lock"][0] is mine["lock"][0]
    copies["count"] += 5
    assert mine["count"].item() == 1
    assert other.last is not cell.last
    assert other.last is not None
    assert cell.last is not None
    assert torch.equal(other.last[0], cell.last[0])
    assert all(a is not b and torch.equal(a, b) for a, b in zip(other.parameters(), cell.parameters(), strict=True))


def test_float64_is_computed_in_float64() -> None:
    debugger = opened("Double")
    step = debugger.to(2)
    cell = debugger.debuggee.network.cells[0].inner
    h = c = torch.zeros(1, 8, dtype=torch.float64)
    with torch.no_grad():
        for symbol in (1, 0):  # h e
            h, c = cell(torch.eye(4, dtype=torch.float64)[symbol : symbol + 1], h, c)
    assert step.layers[0].values["c"] == tuple(c[0].tolist())
    assert step.layers[0].values["c"] != tuple(c[0].float().tolist())
    assert step.prediction is not None
    assert debugger.about.notes == ()


@pytest.mark.parametrize("name", ["Half", "Mixed"])
def test_other_types_open_step_and_are_called_right(name: str) -> None:
    debugger, right = opened(name), opened("Right")
    assert debugger.about.notes == ()
    assert debugger.to(5).layers[0].values["h"] == pytest.approx(right.to(5).layers[0].values["h"], abs=2e-3)


def test_ctrl_c_is_no_error_of_the_cell_where_somebody_can_press_it() -> None:
    with pytest.raises(KeyboardInterrupt):
        opened("Interrupts").to(3)
