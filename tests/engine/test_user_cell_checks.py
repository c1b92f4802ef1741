"""What is wrong with a student's cell is named: equation, step, unit and both values; right cells are left alone."""

from __future__ import annotations

from pathlib import Path

import pytest

from lstm_tui.core.options import ModelOptions
from lstm_tui.debugger.debugger import Debugger
from lstm_tui.debugger.prepare import prepare

STUDENTS = Path(__file__).with_name("students.py")
RIGHT = Path(__file__).parent / "judging" / "right.py"


def opened(name: str, **options: object) -> Debugger:
    return prepare(ModelOptions(cell=f"{STUDENTS}:{name}", **options)).open()  # type: ignore[arg-type]


@pytest.mark.parametrize("name", ["Textbook", "Chunks", "TwoWeights", "InPlace", "Gru", "OddNames"])
def test_a_right_cell_is_accused_of_nothing(name: str) -> None:
    debugger = opened(name)
    assert debugger.about.notes == ()
    assert all(step.problem is None for step in debugger.steps(0, 6))


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("SwappedLayers", ["SwappedLayers line 118: f is made by input_gate and i by forget_gate", "exchanged"]),
        ("SwappedGates", ["SwappedGates line 136: i and f are exchanged: c = i·c' + f·c̃"]),
        ("Raises", ["students.py:Raises line ", "self.input_gate(x)", "RuntimeError: mat1 and mat2"]),
        ("WrongShape", ["the h returned has shape (1, 1), but (1, 8) went in"]),
        ("ForgetsC", ["ForgetsC line 182: the old c is not used: f·c' is missing"]),
        ("NoSigmoid", ["NoSigmoid line 196: f is not squashed: σ is missing"]),
        ("NotANumber", ["step 1 (t = 0), unit 0: c̃ is nan because line 207 makes it: log gives nan"]),
        ("Restless", ["gives different numbers for the same input"]),
        ("RaisesLater", ["step 3 (t = 2): students.py:RaisesLater", "ValueError: no l today"]),
    ],
)
def test_the_mistake_is_named(name: str, said: list[str]) -> None:
    notes = " | ".join(opened(name).about.notes)
    for part in said:
        assert part in notes


@pytest.mark.parametrize("name", ["Sequentials", "TimeFirst", "Held", "Slices", "Named", "Keywords", "Paper"])
def test_every_form_and_style_opens_steps_and_is_accused_of_nothing(name: str) -> None:
    debugger = prepare(ModelOptions(cell=f"{RIGHT}:{name}")).open()
    assert debugger.about.notes == () or "no gate was recognised" in debugger.about.notes[0]
    steps = list(debugger.steps(1, 6))
    assert all(step.problem is None for step in steps)
    gates = [value for step in steps for q in ("f", "i", "o") for value in step.layers[0].values.get(q, ())]
    assert all(0 < value < 1 for value in gates)  # σ of what the source keeps raw


def test_the_order_of_the_blocks_in_one_matrix_accuses_nobody(tmp_path: Path) -> None:
    file = tmp_path / "order.py"
    source = STUDENTS.read_text()
    file.write_text(source.replace("i, f, g, o = gates", "o, g, f, i = gates"))
    debugger = prepare(ModelOptions(cell=f"{file}:Chunks")).open()
    assert debugger.about.notes == ()
    assert debugger.switch_cell("by-hand").difference < 1e-6


def test_inside_the_step_the_problem_shows_when_its_line_has_run() -> None:
    debugger = opened("NotANumber")
    told = []
    while (step := debugger.into()).position == 1:
        told.append((step.stage.equation if step.stage else "", step.problem is not None))
    first = next(at for at, (_, wrong) in enumerate(told) if wrong)
    assert told[first][0] == "g = torch.log(-torch.ones_like(f))"
    assert all(wrong for _, wrong in told[first:])
