"""Cells that hang, on the terminal: the screen says so, escape ends the step, and whoever wants to leave can."""

from __future__ import annotations

import os
import signal
from pathlib import Path

import pytest

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
