"""Cells that hang, on the terminal: the screen says so, escape ends the step, and whoever wants to leave can."""

from __future__ import annotations

import os
import signal
from pathlib import Path

import pytest

from tests.terminal.driver import Terminal, program
from tests.terminal.opening import opened

FILE = str(Path(__file__).parents[1] / "engine" / "breaking.py")
LONG = "takes long: escape interrupts"

pytestmark = pytest.mark.terminal


def test_a_step_that_sleeps_for_ever_is_ended_by_escape_and_by_a_signal(tmp_path: Path) -> None:
    environment = {"XDG_STATE_HOME": str(tmp_path)}
    with opened("--cell", f"{FILE}:SleepsLoudly", until=LONG, env=environment) as terminal:
        assert "step 0/" not in terminal.text
        terminal.press("escape")
        terminal.until("step 0/5")
        terminal.press("right", "right")
        terminal.until("step 2/5")
        terminal.press("right")
        terminal.until(f"step 3 (t = 2): SleepsLoudly {LONG}")
        terminal.press("down", "escape")  # a key typed meanwhile is obeyed afterwards
        terminal.until(lambda text: "time.sleep(1e9) — interrupted after" in text and "▸1" in text)
        terminal.press("left")
        terminal.until("step 2/5")
        terminal.press("right")
        terminal.until(f"step 3 (t = 2): SleepsLoudly {LONG}")
        os.kill(terminal.pid, signal.SIGTERM)
        assert terminal.exit_code() == 128 + signal.SIGTERM
        assert terminal.termios_now() == terminal.termios_before
        said = terminal.text.replace("\n", "")
        assert f"'lstm-tui --resume fresh --cell {FILE}:SleepsLoudly' continues fresh at step 2" in said
        assert b"LOUD" not in terminal.raw


def test_q_ends_the_program_while_a_cell_holds_the_interpreter() -> None:
    with opened("--cell", f"{FILE}:HoldsTheLock", until=f"HoldsTheLock {LONG}") as terminal:
        terminal.press("q")
        assert terminal.exit_code() == 0
        assert terminal.termios_now() == terminal.termios_before


HOSTILE = """
import os, sys
import torch
from torch import nn


class Cell(nn.LSTMCell):
    def forward(self, x, state):
        print("\\x1b[2J\\x1b[?1049h\\x1b]0;LOUD\\x07")
        os.write(1, b"LOUD\\x1b[5m")
        os.fork()
        {then}
        return super().forward(x, state)
"""


@pytest.mark.parametrize(
    ("then", "code", "sentence"),
    [
        ("pass", 0, "nothing departs: it is an LSTM"),
        ("os._exit(0)", 2, "lstm-tui: Cell ended its process (exit code 0) while it was checked"),
    ],
)
def test_check_of_a_hostile_class_ends_in_a_sentence_with_the_terminal_whole(
    tmp_path: Path, then: str, code: int, sentence: str
) -> None:
    file = tmp_path / "hostile.py"
    file.write_text(HOSTILE.format(then=then))
    with Terminal(program("check", f"{file}:Cell"), 200, 24) as terminal:
        assert terminal.exit_code() == code
        assert sentence in terminal.text
        assert b"\x1b" not in terminal.raw
        assert b"LOUD" not in terminal.raw
        assert terminal.termios_now() == terminal.termios_before
