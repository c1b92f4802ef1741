"""The driver under a real Textual app in a pseudo-terminal."""

from __future__ import annotations

import fcntl
import json
import os
import pty
import signal
import struct
import sys
import termios
import threading
from pathlib import Path
from random import Random

import pytest

from tests.terminal.driver import environment, spawn

from .emulator import Emulator

pytestmark = pytest.mark.terminal


def play(log: Path, words: list[str], answers: bool = False, stalled: bool = False) -> list[list[object]]:
    """Play a script in a pty of 90×30.

    `answers`: this terminal supports synchronized output and says so when asked. `stalled`: it reads nothing until the
    program has rushed through its steps.
    """
    rushed, inherited = os.pipe()
    os.set_inheritable(inherited, True)
    master, slave = pty.openpty()
    fcntl.ioctl(master, termios.TIOCSWINSZ, struct.pack("HHHH", 30, 90, 0, 0))
    argv = [sys.executable, "-m", "tests.screencast.scripted", str(log), *words]
    env = environment({"TEXTUAL_ANIMATIONS": "none", "RUSHED": str(inherited)})
    pid = spawn(argv, os.ttyname(slave), env)
    os.close(slave)
    os.close(inherited)
    if stalled:
        os.read(rushed, 1)
    output = bytearray()
    reader = threading.Thread(target=_read, args=(master, answers, output))
    reader.start()
    while True:
        _, status = os.waitpid(pid, os.WUNTRACED)
        if not os.WIFSTOPPED(status):
            break
        os.kill(pid, signal.SIGCONT)  # it suspended itself; the shell brings it back
    reader.join()
    os.close(master)
    os.close(rushed)
    assert os.waitstatus_to_exitcode(status) == 0, output[-3000:].decode(errors="replace")
    return [json.loads(line) for line in log.read_text(encoding="utf-8").splitlines()]


def _read(master: int, answers: bool, output: bytearray) -> None:
    while True:
        try:
            data = os.read(master, 65536)
        except OSError:  # Linux says so when the other side has gone
            return
        if not data:
            return
        output += data
        for _ in range(data.count(b"\x1b[?2026$p") if answers else 0):
            os.write(master, b"\x1b[?2026;2$y")


def compare(log: list[list[object]]) -> None:
    """Feed both streams to two terminals and compare at every check."""
    plain, thrifty = Emulator(90, 30), Emulator(90, 30)
    checks = 0
    for kind, *values in log:
        if kind == "size":
            plain.resize(*values)  # type: ignore[arg-type]
            thrifty.resize(*values)  # type: ignore[arg-type]
        elif kind == "plain":
            plain.feed(str(values[0]))
        elif kind == "sent":
            thrifty.feed(str(values[0]))
        elif kind == "check":
            checks += 1
            for y, (wanted, got) in enumerate(zip(plain.rows, thrifty.rows, strict=True)):
                assert got == wanted, f"row {y} at check {checks}"
            assert (thrifty.y, thrifty.x) == (plain.y, plain.x)
    left_out = {"\x1b[?2026h", "\x1b[?2026l", "\x1b[?2026$p"}
    assert [other for other in thrifty.others if other not in left_out] == [
        other for other in plain.others if other not in left_out
    ]
    assert thrifty.bells == plain.bells
    assert checks


@pytest.mark.parametrize("answers", [False, True])
def test_every_key_of_a_long_script_leads_to_the_same_screen(tmp_path: Path, answers: bool) -> None:
    random = Random(7)
    words = ["right"] * 3
    for _ in range(4):
        words += random.choices(["right", "right", "d", "a", "e", "escape", "ctrl+l", "tab"], k=6)
        words.append(f"{random.randint(20, 130)}x{random.randint(5, 45)}")
    words += ["90x30", "right", "suspend", "right", "d", "x", "suspend", "y", "escape", "right", "right"]
    compare(play(tmp_path / "log", words, answers))


def test_frames_are_synchronized_where_textual_does_it(tmp_path: Path) -> None:
    log = play(tmp_path / "log", ["right"] * 4, answers=True)
    frames = [str(entry[1]) for entry in log if entry[0] == "sent"]
    framed = [text for text in frames if text.startswith("\x1b[?2026h")]
    assert len(framed) >= 4
    assert all(text.count("\x1b[?2026h") == text.count("\x1b[?2026l") == 1 for text in framed)


def test_a_line_that_stands_still_holds_up_neither_the_program_nor_the_newest_step(tmp_path: Path) -> None:
    log = play(tmp_path / "log", ["rush"], stalled=True)
    compare(log)
    during = log[log.index(["rush"]) : log.index(["rushed"])]
    size = {
        kind: sum(len(str(entry[1]).encode()) for entry in during if entry[0] == kind) for kind in ("plain", "sent")
    }
    assert size["sent"] < size["plain"] / 4


def test_redrawing_mends_a_screen_that_others_wrote_on(tmp_path: Path) -> None:
    log = play(tmp_path / "log", ["right", "ctrl+l"])
    rubbish = "".join(f"\x1b[{row};1H\x1b[41m{'rubbish' * 12}\x1b[0m" for row in range(1, 31))
    log.insert(log.index(["check"]) + 1, ["sent", rubbish])
    compare(log)
