"""Stepping into the equations, read off a real screen."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.terminal.driver import Terminal
from tests.terminal.opening import opened, resized

pytestmark = pytest.mark.terminal
STUDENTS = Path(__file__).parent.parent / "engine" / "students.py"


@pytest.mark.parametrize(("columns", "rows"), [(80, 24), (120, 40)])
def test_s_shows_the_line_about_to_run_and_what_was_made(hello: Terminal, columns: int, rows: int) -> None:
    resized(hello, columns, rows)
    hello.press("right", *"ssss")
    hello.until("step 2/5  equation 4/8  c̃ = tanh(…)")
    hello.until("c_tilde[0] +1.00")  # the code takes its place in the frame after
    about_to_run = next(line for line in hello.lines if line.startswith("▸") and "torch" in line)
    assert "o = torch.sigmoid(self.output(hx))" in about_to_run
    made = next(line for line in hello.lines if "c_tilde = torch.tanh" in line)
    assert "c_tilde[0] +1.00 -0.63" in made
    assert "guess hidden until equation 8/8" in hello.text
    rows_of_o = _panel_rows(hello, " 4 o output")
    assert len(rows_of_o) >= 4
    assert all("–" in line for line in rows_of_o)
    hello.press("S")
    hello.until("equation 3/8  i = σ(…)")
    hello.press("right")
    hello.until(lambda text: "step 2/5  reading 'e'  next 'l'" in text and "guess 'l'" in text)


def _panel_rows(terminal: Terminal, title: str) -> list[str]:
    at = next(row for row, line in enumerate(terminal.lines) if line.startswith(title))
    rows = []
    for line in terminal.lines[at + 1 :]:
        if "──" in line:
            break
        if line[:3].strip().strip("▸").isdigit():
            rows.append(line[: len(line) // 3])
    return rows


def test_an_exception_in_a_students_cell_shows_its_line_and_the_debugger_goes_on() -> None:
    with opened("--cell", f"{STUDENTS}:RaisesLater", columns=120, rows=40) as terminal:
        terminal.press("right", "right", "right")
        terminal.until("ValueError: no l today")
        shown = terminal.until(lambda text: "✗" in text and "guess not computed" in text)
        assert 'raise ValueError("no l today")' in shown
        terminal.press("left")
        terminal.until("step 2/5  reading 'e'")
        assert terminal.running


def test_a_swapped_gate_is_named_on_the_screen() -> None:
    with opened("--cell", f"{STUDENTS}:SwappedGates", columns=120, rows=40) as terminal:
        terminal.until("i and f are exchanged: c = i·c' + f·c̃")
        assert re.search(r"line \d+: i and f", terminal.text)
        terminal.press("right")
        terminal.until("step 1/5")
