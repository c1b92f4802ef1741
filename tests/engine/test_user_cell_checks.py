"""What is wrong with a student's cell is named: equation, step, unit and both values; right cells are left alone."""

from __future__ import annotations

from pathlib import Path

import pytest

from lstm_tui.core.options import ModelOptions
from lstm_tui.debugger.debugger import Debugger
from lstm_tui.debugger.prepare import prepare

STUDENTS = Path(__file__).with_name("students.py")


def opened(name: str, **options: object) -> Debugger:
    return prepare(ModelOptions(cell=f"{STUDENTS}:{name}", **options)).open()  # type: ignore[arg-type]


@pytest.mark.parametrize("name", ["Textbook", "Chunks", "TwoWeights", "InPlace", "Gru"])
def test_a_right_cell_is_accused_of_nothing(name: str) -> None:
    debugger = opened(name)
    assert not [note for note in debugger.about.notes if "no gate was recognised" not in note]
    assert all(step.problem is None for step in debugger.steps(0, 6))


@pytest.mark.parametrize(
    ("name", "said"),
    [
        (
            "SwappedLayers",
            ["step 1 (t = 0), unit 0: f differs from the textbook's σ(forget_gate)", "(it is what input_gate gives)"],
        ),
        ("SwappedGates", ["step 1 (t = 0), unit 0: c differs from the textbook's f·c' + i·c̃", "f and i are exchanged"]),
        ("Raises", ["students.py:Raises line ", "self.input_gate(x)", "RuntimeError: mat1 and mat2"]),
        ("WrongShape", ["the h returned has shape (1, 1), but (1, 8) went in"]),
        (
            "ForgetsC",
            [
                "step 2 (t = 1), unit 0: c differs from the textbook's f·c' + i·c̃",
                "the previous c is not used",
                "does not use the c",
            ],
        ),
        ("NoSigmoid", ["outside 0..1"]),
        ("NotANumber", ["step 1 (t = 0), unit 0: c̃ is nan, which is not a finite number"]),
        ("Restless", ["gives different numbers for the same input"]),
        ("RaisesLater", ["step 3 (t = 2): students.py:RaisesLater", "ValueError: no l today"]),
        ("OddNames", ["no gate was recognised by its name"]),
    ],
)
def test_the_mistake_is_named(name: str, said: list[str]) -> None:
    notes = " | ".join(opened(name).about.notes)
    for part in said:
        assert part in notes


def test_both_values_are_those_of_the_step() -> None:
    debugger = opened("SwappedGates")
    step = debugger.forward()
    values, before = step.layers[0].values, step.layers[0].before
    right = values["f"][0] * before["c"][0] + values["i"][0] * values["c_tilde"][0]
    assert f"the cell has {values['c'][0]:+.4f}, the textbook gives {right:+.4f}" in (step.problem or "")


def test_every_step_is_checked_and_each_says_its_own_number() -> None:
    problems = [step.problem or "" for step in opened("ForgetsC").steps(1, 6)]
    assert problems[0] == ""  # the c before step 1 is 0: forgetting it changes nothing
    assert [problem.split(",")[0] for problem in problems[1:]] == [f"step {t + 1} (t = {t})" for t in (1, 2, 3, 4)]


def test_the_order_of_the_blocks_in_one_matrix_accuses_nobody(tmp_path: Path) -> None:
    file = tmp_path / "order.py"
    source = STUDENTS.read_text()
    file.write_text(source.replace("i, f, g, o = gates", "o, g, f, i = gates"))
    debugger = prepare(ModelOptions(cell=f"{file}:Chunks")).open()
    assert debugger.about.notes == ()
    assert debugger.switch_cell("by-hand").difference < 1e-6


def test_inside_the_step_the_problem_shows_when_its_line_has_run() -> None:
    debugger = opened("SwappedGates")
    told = []
    while (step := debugger.into()).position == 1:
        told.append((step.stage.equation if step.stage else "", step.problem is not None))
    first = next(at for at, (_, wrong) in enumerate(told) if wrong)
    assert told[first][0] == "c = i * c + f * g"
    assert all(wrong for _, wrong in told[first:])
