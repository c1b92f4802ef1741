"""The driver itself, on small programs whose behaviour is known: what it says of `lstm-tui` is worth this much."""

from __future__ import annotations

import signal
import subprocess
import sys
import termios
from pathlib import Path

import pytest

from tests.terminal.driver import Emulator, Terminal, encode

pytestmark = pytest.mark.terminal


def run(code: str, columns: int = 40, rows: int = 6, cwd: Path | None = None) -> Terminal:
    return Terminal([sys.executable, "-S", "-c", code], columns, rows, cwd=cwd)


ECHO_KEYS = """
import os, tty
tty.setraw(0)
print("ready", end="\\r\\n", flush=True)
while (key := os.read(0, 16)) != b"q":
    print(key, end="\\r\\n", flush=True)
"""


def test_keys_arrive_by_name_and_the_screen_is_read() -> None:
    with run(ECHO_KEYS) as terminal:
        terminal.until("ready")
        for key, sent in (("right", "b'\\x1b[C'"), ("ctrl+p", "b'\\x10'"), ("x", "b'x'")):
            terminal.press(key)
            assert sent in terminal.until(sent)
        terminal.press("q")
        assert terminal.exit_code() == 0


def test_an_unknown_key_is_a_mistake_of_the_test() -> None:
    with pytest.raises(ValueError, match="no key is called 'rihgt'"):
        encode("rihgt")


def test_what_never_shows_is_an_error_with_the_screen_and_the_exit_code() -> None:
    with run("print('hello'); raise SystemExit(3)") as terminal:
        with pytest.raises(AssertionError, match=r"(?s)'goodbye'; the program ended with 3:.*hello"):
            terminal.until("goodbye")
        assert not terminal.running


def test_a_running_program_that_never_shows_it_is_an_error_at_the_deadline() -> None:
    with run(ECHO_KEYS) as terminal, pytest.raises(AssertionError, match="still running"):
        terminal.until("goodbye", deadline=0.3)


def test_a_process_started_by_a_test_inherits_no_size_of_a_terminal_that_is_not_its_own() -> None:
    found = subprocess.run(["env"], capture_output=True, text=True, check=True).stdout
    assert not [line for line in found.splitlines() if line.startswith(("COLUMNS=", "LINES="))]


def test_a_resize_reaches_the_program() -> None:
    code = """
import os, signal
signal.signal(signal.SIGWINCH, lambda *_: print(os.get_terminal_size(), flush=True))
print("ready", os.get_terminal_size(), flush=True)
while True:
    signal.pause()
"""
    with run(code, columns=60) as terminal:
        terminal.until("ready os.terminal_size(columns=60, lines=6)")
        terminal.resize(70, 9)
        terminal.until("(columns=70, lines=9)")
        assert len(terminal.lines) == 9


def test_cells_carry_colours_and_attributes() -> None:
    with run(r"print('\x1b[1;38;2;255;128;0;48;5;21mA\x1b[0m\x1b[7mB\x1b[0m')") as terminal:
        terminal.until("AB")
        a, b = terminal.cells()[0][:2]
        assert (a.data, a.fg, a.bg, a.bold) == ("A", "ff8000", "0000ff", True)
        assert b.reverse


@pytest.mark.parametrize("sequence", [b"\x1b[>1u", b"\x1b[<u", b"\x1b[?2026$p", b"\x1bP+q544e\x1b\\", b"\x1b[2 q"])
def test_sequences_that_show_nothing_on_a_terminal_show_nothing_here_even_in_two_pieces(sequence: bytes) -> None:
    for cut in range(len(sequence)):
        emulator = Emulator(10, 1)
        for piece in (b"[", sequence[:cut], sequence[cut:], "c\u0303]".encode()):
            emulator.feed(piece)
        assert emulator.lines == ["[c\u0303]" + " " * 7]


def test_the_exit_code_of_a_signal_is_its_negative_number() -> None:
    with run(ECHO_KEYS) as terminal:
        terminal.until("ready")
        terminal.signal(signal.SIGTERM)
        assert terminal.exit_code() == -signal.SIGTERM


def test_settings_left_behind_can_be_told_from_settings_restored() -> None:
    with run(ECHO_KEYS) as terminal:
        terminal.until("ready")
        assert not terminal.termios_now()[3] & termios.ICANON
        terminal.press("q")
        terminal.exit_code()
        assert terminal.termios_now() != terminal.termios_before
    polite = "import tty, termios; old = termios.tcgetattr(0); tty.setraw(0); termios.tcsetattr(0, 0, old)"
    with run(polite) as terminal:
        assert terminal.exit_code() == 0
        assert terminal.termios_now() == terminal.termios_before


def test_the_moment_something_showed_is_found_afterwards() -> None:
    with run(ECHO_KEYS) as terminal:
        terminal.until("ready")
        terminal.press("x")
        terminal.until("b'x'")
        ready = terminal.shown_after(lambda screen: screen.lines[0].startswith("ready"))
        assert 0 < ready <= terminal.shown_after(lambda screen: "b'x'" in screen.lines[1])
        with pytest.raises(AssertionError, match="never showed"):
            terminal.shown_after(lambda screen: "b'y'" in screen.lines[1])


def test_a_program_can_start_in_another_folder(tmp_path: Path) -> None:
    with run("import os; print(os.path.basename(os.getcwd()))", cwd=tmp_path) as terminal:
        terminal.until(tmp_path.name[:40])
