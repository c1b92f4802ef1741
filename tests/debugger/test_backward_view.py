"""Derivatives as the screen asks for them: as far as they are looked at, and cut where a text is long."""

from __future__ import annotations

import math
from pathlib import Path

import pytest

from lstm_tui.core.errors import UserError
from lstm_tui.core.options import ModelOptions
from lstm_tui.core.questions.objective import Objective
from lstm_tui.core.questions.slopes import BACK, first_reached, last_counted
from lstm_tui.debugger.debugger import Debugger
from lstm_tui.debugger.prepare import prepare
from lstm_tui.engine.causes.gradients import BackwardPass

STUDENTS = str(Path(__file__).parents[1] / "engine" / "students.py")
TEXT = "the cat sat on the mat. " * 70


def opened(**options: object) -> Debugger:
    return prepare(ModelOptions(**{"text": TEXT, "hidden": 4, **options})).open()  # type: ignore[arg-type]


@pytest.mark.parametrize("cell", ["fused", "lnlstm", f"{STUDENTS}:Chunks"])
def test_a_stretch_and_a_step_are_those_of_the_whole_pass(cell: str) -> None:
    debugger = opened(cell=cell, text=TEXT[:300])
    debugger.to(290)
    objective = Objective(280)
    steps = {
        step.position: step for step in BackwardPass(debugger.debuggee.rollout.timeline, objective).forward(1, 290)
    }
    assert set(debugger.slopes(objective).layers[0]["c"]) == {0.0}  # after what is differentiated
    debugger.to(270)
    found = debugger.slopes(objective)
    for name, slopes in found.layers[0].items():
        assert slopes == pytest.approx(steps[270].layers[0][name][0].tolist(), rel=1e-5, abs=1e-12)
    assert found.x_size == pytest.approx(float(steps[270].x.norm()), rel=1e-5)
    rows = debugger.slope_values(objective, "c", 0, (0, 3), 0, 291)
    assert [math.isnan(value) for value in rows[0]] == [True, *[False] * 290]
    for unit, row in zip((0, 3), rows, strict=True):
        assert row[1:] == pytest.approx(
            [float(steps[k].layers[0]["c"][0, unit]) for k in range(1, 291)], rel=1e-4, abs=1e-9
        )
    sizes, signed = debugger.slopes_of_text(objective, 100, 200)
    reads = [debugger.about.vocabulary.index(symbol) for symbol in debugger.symbols[99:199]]
    for k, symbol, size, entry in zip(range(100, 200), reads, sizes, signed, strict=True):
        assert (size, entry) == pytest.approx(
            (float(steps[k].x.norm()), float(steps[k].x[0, symbol])), rel=1e-4, abs=1e-9
        )


def test_a_long_text_is_cut_at_a_stated_window() -> None:
    debugger = opened()
    debugger.to(1600)
    objective = Objective(1599)
    last = last_counted(objective, 1600, debugger.length)
    first = first_reached(last)
    assert last - first + 1 == BACK
    (row,) = debugger.slope_values(objective, "h", 0, (1,), first - 2, 1601)
    assert [math.isnan(value) for value in row[:3]] == [True, True, False]
    debugger.to(first - 1)
    assert debugger.slopes(objective).layers == ()
    debugger.to(300)
    last = last_counted(Objective(), 300, debugger.length)
    assert 256 <= last - 300 <= 512
    whole = sum(step.prediction.loss or 0.0 for step in debugger.steps(1, last + 1) if step.prediction)
    assert whole > 0
    nudged = debugger.slopes(Objective()).layers[0]["h"]
    cut = BackwardPass(debugger.debuggee.rollout.timeline, Objective(), last)
    (step,) = (block.step(300) for block in cut.back(300) if block.first <= 300)
    assert nudged == pytest.approx(step.layers[0]["h"][0].tolist(), rel=1e-6, abs=1e-12)


def test_another_state_has_other_derivatives() -> None:
    debugger = opened(text=TEXT[:40])
    debugger.to(20)
    before = debugger.slopes(Objective(30)).layers[0]["c"]
    debugger.zero()
    assert debugger.slopes(Objective(30)).layers[0]["f"] == (0.0,) * 4
    debugger.undo()
    assert debugger.slopes(Objective(30)).layers[0]["c"] == before


def test_a_cell_that_cannot_be_differentiated_says_so_each_time(tmp_path: Path) -> None:
    (tmp_path / "cell.py").write_text(
        "import torch\nfrom torch import nn\n\n\nclass Cell(nn.Module):\n"
        "    def __init__(self, d, h):\n        super().__init__()\n        self.w = nn.Linear(d + h, h)\n\n"
        "    def forward(self, x, h):\n        h = torch.tanh(self.w(torch.cat([x, h], 1)))\n        h *= h\n"
        "        return h\n"
    )
    debugger = opened(cell=f"{tmp_path}/cell.py:Cell", text="hello")
    debugger.to(3)
    for _ in range(2):
        with pytest.raises(UserError, match="cannot be differentiated"):
            debugger.slopes(Objective(2))
