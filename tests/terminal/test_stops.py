"""Stops in a real terminal: the reason is read off the screen and checked against the numbers beside it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.terminal.driver import Terminal
from tests.terminal.opening import opened, resized

pytestmark = pytest.mark.terminal


@pytest.fixture(scope="module")
def with_stops() -> Iterator[Terminal]:
    with opened("hello", "--stop", "c[3] > 99", "--stop", "f[1] < 0.05") as terminal:
        yield terminal


@pytest.mark.parametrize(("columns", "rows"), [(80, 24), (120, 40), (80, 20)])
def test_the_screen_says_which_stop_holds_and_with_what_values(with_stops: Terminal, columns: int, rows: int) -> None:
    resized(with_stops, columns, rows).press("home")
    with_stops.until(lambda text: "step 0/5" in text and "stop 2:" not in text)
    with_stops.press("c")
    shown = with_stops.until("stop 2:")
    found = re.search(r"stop 2: f\[1\] = (0\.\d{4}) < 0\.05", shown)
    assert found is not None, shown
    assert "step 2/5" in shown
    assert f"{float(found[1]):.2f}" in shown.partition("forget")[2]


def test_a_stop_is_set_run_to_and_returned_from() -> None:
    with opened("hello") as terminal:
        terminal.press("right", "b")
        terminal.until("enter: add")
        terminal.type("char == 'l' and prev(char) == 'e'")
        terminal.until("'e'")
        terminal.press("enter")
        terminal.until("1 stop on")
        terminal.press("c")
        terminal.until(lambda text: "step 3/5" in text and "stop 1: char == 'l'" in text)
        terminal.press("backspace")
        terminal.until("step 1/5")
        terminal.press("end", "C")
        terminal.until("step 3/5")


def test_a_mistake_is_pointed_at_in_the_dialog(hello: Terminal) -> None:
    hello.press("b")
    hello.until("enter: add")
    hello.type("f[3] < open")
    hello.press("enter")
    hello.until("column 8:")
    field = next(line for line in hello.lines if "f[3] < open" in line)
    caret = next(line for line in hello.lines if line.strip("│ ") == "^")
    assert caret.index("^") == field.index("open")
    hello.press("escape")
    hello.until(lambda text: "column 8:" not in text)


def test_a_long_run_shows_its_progress_and_is_cancelled(tmp_path: Path) -> None:
    (tmp_path / "long").write_text("hello " * 160_000)
    arguments = ("--file", str(tmp_path / "long"), "--hidden", "64", "--stop", "c[3] > 99")
    with opened(*arguments, until="step 0/960000") as terminal:
        terminal.press("right", "c")
        terminal.until("escape cancels")
        terminal.press("right")
        terminal.until("step 2/960000")
        terminal.press("escape")
        terminal.until("cancelled at step")
        assert "step 2/960000" in terminal.text
        terminal.press("g")
        terminal.until("go to")
        terminal.type("90%")
        terminal.press("enter")
        terminal.until("of the way to 864,000")
        terminal.press("escape")
        terminal.until("cancelled at step")
        terminal.press("q")
        assert terminal.exit_code() == 0
