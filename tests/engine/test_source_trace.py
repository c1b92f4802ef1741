"""A step taken apart: its lines in order, its numbers those of the finished step, its tracer gone afterwards."""

from __future__ import annotations

import math
import sys
from pathlib import Path

import pytest
import torch

from lstm_tui.core.step import Step
from lstm_tui.core.text import Text
from lstm_tui.core.vocabulary import Vocabulary
from lstm_tui.engine.cells import Cell
from lstm_tui.engine.network import fresh
from lstm_tui.engine.rollout import Rollout
from lstm_tui.engine.stepping.substeps import substeps
from lstm_tui.engine.user_cells.pasting import pasted
from lstm_tui.engine.user_cells.watching.line_tracer import statements
from tests.engine.facts import CELLS

STUDENTS = Path(__file__).with_name("students.py")
RIGHT = [*CELLS, "Textbook", "Chunks", "TwoWeights", "InPlace", "Gru", "Child"]


def kind(name: str) -> type[Cell]:
    return CELLS[name] if name in CELLS else pasted(f"{STUDENTS}:{name}", 4, 6, 0, {})


def reading(name: str, layers: int = 1) -> Rollout:
    return Rollout(fresh(4, 6, layers, cell=kind(name)), Text(Vocabulary.of("hello"), "hello"))


def order(steps: tuple[Step, ...], layer: int = 0) -> list[str]:
    """The quantities in the order in which they appear."""
    seen: list[str] = []
    for step in steps:
        seen += [name for name in step.layers[layer].values if name not in seen]
    return seen


@pytest.mark.parametrize("name", RIGHT)
@pytest.mark.parametrize("layers", [1, 2])
def test_a_walked_step_ends_as_the_finished_one_bit_by_bit(name: str, layers: int) -> None:
    text = reading(name, layers)
    for position in range(1, 6):
        stages = substeps(text, position)
        whole = text.step(position)
        assert [stage.stage.index for stage in stages if stage.stage] == list(range(1, len(stages) + 1))
        for last in stages[-2:]:  # before the guess, and with it
            for mine, own in zip(last.layers, whole.layers, strict=True):
                assert mine.values == own.values
                assert mine.before == own.before
        assert stages[-1].prediction is not None
        assert whole.prediction is not None
        assert stages[-1].prediction.logits == whole.prediction.logits


@pytest.mark.parametrize("name", RIGHT)
def test_the_guess_waits_for_its_turn(name: str) -> None:
    *before, last = substeps(reading(name), 3)
    assert all(step.prediction is None for step in before)
    assert last.prediction is not None
    assert last.stage is not None
    assert last.stage.done


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("by-hand", ["f", "i", "c_tilde", "o", "c", "h"]),
        ("fused", ["f", "i", "c_tilde", "o", "c", "h"]),
        ("builtin", ["f", "i", "c_tilde", "o", "c", "h"]),
        ("Chunks", ["i", "f", "c_tilde", "o", "c", "h"]),
        ("Gru", ["z", "r", "n", "h"]),
    ],
)
def test_quantities_appear_in_the_order_the_cell_computes_them(name: str, expected: list[str]) -> None:
    assert order(substeps(reading(name), 1)) == expected


def test_a_value_on_its_way_is_not_the_quantity_yet() -> None:
    """`i` is first a chunk of the sum and only then a gate: the panel waits for the gate."""
    stages = substeps(reading("Chunks"), 1)
    chunked = next(step for step in stages if step.stage and "chunk" in step.stage.equation)
    assert chunked.stage is not None
    assert [made.name for made in chunked.stage.made[chunked.stage.ran or 0]] == ["i", "f", "g", "o"]
    assert chunked.layers[0].values == {}


def test_layers_are_walked_from_the_bottom() -> None:
    stages = substeps(reading("by-hand", 3), 2)
    layers = [step.stage.layer for step in stages if step.stage]
    assert layers == [0] * 7 + [1] * 7 + [2] * 8
    assert stages[7].layers[1].values == {}
    assert len(stages[7].layers[0].values) == 6


@pytest.mark.parametrize("name", ["by-hand", "fused"])
def test_the_source_is_the_files_own(name: str) -> None:
    file = Path(sys.modules[CELLS[name].__module__].__file__ or "")
    lines = file.read_text(encoding="utf-8").splitlines()
    for step in substeps(reading(name), 1)[:-1]:
        assert step.stage is not None
        assert step.stage.ran is not None
        number, text = step.stage.source.lines[step.stage.ran]
        assert lines[(number or 0) - 1].strip() == text.strip()
        assert text.split("=")[0].strip().split(",")[0] in {made.name for made in step.stage.made[step.stage.ran]}


def test_the_line_about_to_run_is_the_one_that_runs_next() -> None:
    stages = [step.stage for step in substeps(reading("Gru"), 1) if step.stage]
    inside = [stage for stage in stages if stage.next is not None]
    last = stages[-1]
    assert last.ran is not None
    assert [stage.next for stage in inside[:-1]] == [stage.ran for stage in stages[1:-1]]
    assert inside[-1].next == last.ran - 1  # the logits, and then the probabilities made of them
    (logits,), (chances,) = last.made[last.ran - 1], last.made[last.ran]
    assert logits.labels == chances.labels
    exponents = [math.exp(logit) for logit in logits.values]
    assert [each / sum(exponents) for each in exponents] == pytest.approx(chances.values)


def test_a_helper_of_the_users_file_is_walked_through_too() -> None:
    equations = [step.stage.equation for step in substeps(reading("Gru"), 1) if step.stage]
    assert equations.count("joined = torch.cat([x, h], 1)") == 2


def test_what_it_prints_is_kept_with_the_line_that_printed_it() -> None:
    printed = [step.stage.printed for step in substeps(reading("Textbook"), 1) if step.stage]
    assert printed == [""] * (len(printed) - 2) + ["h is (1, 6)\n"] * 2


@pytest.mark.parametrize(
    ("name", "line", "said"),
    [
        ("Raises", "i = torch.sigmoid(self.input_gate(x))", "RuntimeError: mat1 and mat2 shapes"),
        ("WrongShape", "return h, c", "the h returned has shape (1, 1)"),
    ],
)
def test_an_error_ends_the_recording_at_its_line(name: str, line: str, said: str) -> None:
    stages = substeps(reading(name), 1)
    stage = stages[-1].stage
    assert stage is not None
    assert stage.ran is not None
    assert stage.source.lines[stage.ran][1].strip() == line
    assert said in (stage.error or "")
    assert not stage.done
    assert all(step.stage and step.stage.error is None for step in stages[:-1])
    assert stages[-1].prediction is None


@pytest.mark.parametrize("name", ["by-hand", "Textbook", "Raises"])
def test_the_tracer_from_before_is_back(name: str) -> None:
    text = reading(name)
    seen: list[str] = []

    def tracer(frame: object, event: str, arg: object) -> None:
        seen.append(event)

    outer = sys.gettrace()
    sys.settrace(tracer)
    try:
        substeps(text, 1)
        assert sys.gettrace() is tracer
    finally:
        sys.settrace(outer)


def test_walking_changes_no_state_of_the_timeline() -> None:
    text, other = reading("InPlace"), reading("InPlace")
    for position in (4, 2, 5, 1):
        substeps(text, position)
    assert [step.layers[0].values for step in text.steps(0, 6)] == [s.layers[0].values for s in other.steps(0, 6)]


def test_statements_over_several_lines_count_as_one() -> None:
    source = "x = f(\n    1,\n    2,\n)\nif x:\n    y = 1\n"
    assert statements(source) == {1: 1, 2: 1, 3: 1, 4: 1, 5: 5, 6: 6}


def test_ordinary_steps_are_not_traced_line_by_line() -> None:
    """One call of the tracer a function and one a return: far fewer than lines."""
    cell = kind("Textbook")(4, 6)
    events = 0
    original = sys.settrace

    def counting(tracer: object) -> None:
        def counted(frame: object, event: str, arg: object) -> object:
            nonlocal events
            inner = tracer(frame, event, arg)  # type: ignore[operator]
            if inner is None:
                return None

            def local(frame: object, event: str, arg: object) -> object:
                nonlocal events
                events += 1
                inner(frame, event, arg)
                return local

            return local

        original(counted if tracer is not None else None)  # type: ignore[arg-type]

    sys.settrace = counting  # type: ignore[assignment]
    try:
        cell.advance(torch.eye(4)[:1], cell.zero_state())
    finally:
        sys.settrace = original
    assert events == 0
