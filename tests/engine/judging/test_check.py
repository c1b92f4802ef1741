"""A class is judged by what it computes: right ones are never accused, wrong ones at the equation that is wrong."""

from __future__ import annotations

import ast
from pathlib import Path
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as some

from lstm_tui.core.questions.quiz import LARGEST, exercises
from lstm_tui.core.questions.written_cells import MUTATIONS, drawn, possible, source
from lstm_tui.core.user_cell import CheckReport, CheckRequest
from lstm_tui.engine.judging.class_check import check

HERE = Path(__file__).parent
QUANTITY = {"g": "c_tilde"}


def told(file: Path, name: str, text: str = "he") -> CheckReport:
    arguments = {"output_size": 4} if name == "OutAndStates" else {}
    return check(CheckRequest(f"{file}:{name}", text, arguments, {}))


def said_of(file: str) -> list[tuple[str, str, str]]:
    """The file, its classes and what their docstrings expect."""
    classes = [node for node in ast.parse((HERE / file).read_text()).body if isinstance(node, ast.ClassDef)]
    return [(file, node.name, doc) for node in classes if ": " in (doc := ast.get_docstring(node) or "")]


@pytest.mark.parametrize(("file", "name", "doc"), [*said_of("right.py"), *said_of("variants.py")])
def test_a_right_cell_in_any_style_is_called_what_it_is(file: str, name: str, doc: str) -> None:
    report = told(HERE / file, name)
    assert report.findings == ()
    assert report.notes == ()
    assert not [fact for fact in report.gradient if "no gradient reaches" in fact]
    assert (report.kind or "null") == doc.partition(":")[0]
    assert not [one for one in report.equations if one.verdict in ("departs", "not checked")]


@pytest.mark.parametrize(("file", "name", "doc"), [*said_of("wrong.py"), *said_of("wrong_more.py")])
def test_one_wrong_equation_is_named_with_its_line(file: str, name: str, doc: str) -> None:
    quantity, _, words = doc.partition(": ")
    report = told(HERE / file, name)
    first = report.findings[0]
    assert first.quantity == quantity
    assert words.removesuffix(".") in first.says
    assert report.departs
    if first.expected is not None:
        assert first.has is not None
        assert first.step is not None or name == "BiasAfter"  # whose bias is zero until it is trained
        assert abs(first.has - first.expected) > 1e-4


@pytest.fixture(scope="module")
def cell(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("written") / "cell.py"


@settings(max_examples=8, deadline=None)
@given(some.integers(0, 2**32))
def test_a_correct_cell_written_by_chance_is_never_accused(cell: Path, seed: int) -> None:
    style = drawn(Random(seed))
    cell.write_text(source(style))
    report = told(cell, "Cell", "h")
    assert report.findings == ()
    assert report.kind == "lstm"
    assert [one.verdict for one in report.equations] == ["textbook"] * 6


@settings(max_examples=16, deadline=None)
@given(some.integers(0, 2**32))
def test_one_equation_changed_by_chance_is_named(cell: Path, seed: int) -> None:
    random = Random(seed)
    style = drawn(random)
    name = random.choice([name for name in MUTATIONS if possible(style, name)])
    quantity, change = MUTATIONS[name]
    cell.write_text(source(change(style)))
    report = told(cell, "Cell", "h")
    assert QUANTITY.get(quantity, quantity) in [one.quantity for one in report.findings]
    assert report.departs


def test_what_the_quiz_asks_is_what_its_answers_say_and_the_check_finds(cell: Path) -> None:
    asked = exercises(4, 5)
    assert asked == exercises(4, 5) != exercises(4, 6)
    for one in asked:
        cell.write_text(one.source)
        report = told(cell, "Cell", "h")
        assert one.quantity.replace("c̃", "c_tilde") in [finding.quantity for finding in report.findings]
        assert one.source.splitlines()[one.line - 1].strip() == one.wrong
    for seed in range(30):  # every mistake can be asked
        assert len(exercises(LARGEST, seed)) == LARGEST
