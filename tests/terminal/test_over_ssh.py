"""A bad line, and a terminal within a terminal: the installed program at 64 kbit/s and 300 ms, and in tmux."""

from __future__ import annotations

import json
import os
import re
import select
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.terminal.driver import Terminal, program
from tests.terminal.slow_line import SlowLine

pytestmark = pytest.mark.terminal

SPEED, DELAY = 8000.0, 0.15
"""64 kbit/s, and 300 ms there and back."""
TEXT = "hello" * 40


def frame(line: SlowLine, key: bytes, wanted: str) -> int:
    """Bytes from a key pressed while the line is free to its answer."""
    before = line.carried
    line.press(key)
    return line.until(wanted) - before


def test_a_key_in_the_middle_of_autoplay_waits_for_no_queue_of_frames() -> None:
    with (
        Terminal(program("hello", "--text", TEXT), 80, 24) as terminal,
        SlowLine(terminal, SPEED, DELAY) as line,
    ):
        line.until("step 0/200")
        step = frame(line, b"\x1b[C", "step 1/200")
        line.press(b"a" + b"+" * 8)
        line.until("20 steps a second")
        seen: set[int] = set()
        with line.changed:
            while max(seen, default=0) < 30:
                assert line.changed.wait(30)
                seen |= set(map(int, re.findall(r"step (\d+)/200", line.shown.lines[2])))
        assert len(seen) < max(seen) - min(seen)  # steps that could not be painted are skipped, not sent late
        before = line.carried
        line.press(b" ")  # it pauses: the row of messages goes back to what it was
        with line.changed:
            assert line.changed.wait_for(lambda: "20 steps" not in "\n".join(line.shown.lines), 30)
        # What is under way when the key arrives, during its own trip of 300 ms, and then the answer.
        assert line.carried - before <= SPEED * 2 * DELAY + 3 * step
        shown = "\n".join(line.shown.lines)
        position = int(re.findall(r"step (\d+)/200", shown)[0])
        line.press(b"\x1b[C")
        line.until(f"step {position + 1}/200")


needs_tmux = pytest.mark.skipif(shutil.which("tmux") is None, reason="tmux is not installed")


@pytest.fixture
def tmux(tmp_path: Path) -> Iterator[list[str]]:
    """A tmux server of its own, without anybody's configuration."""
    command = ["tmux", "-S", str(tmp_path / "socket"), "-f", "/dev/null"]
    yield command
    subprocess.run([*command, "kill-server"], check=False, capture_output=True)


@needs_tmux
def test_in_tmux_every_step_shows_what_it_shows_elsewhere_and_a_killed_session_is_kept(
    tmux: list[str], tmp_path: Path
) -> None:
    env = {"XDG_STATE_HOME": str(tmp_path / "state"), "TERM": "xterm-256color"}
    with Terminal([*tmux, "new-session", "-s", "work", program()[0], "hello"], 100, 31, env=env) as terminal:
        terminal.until("step 0/5")
        for step in range(1, 4):
            terminal.press("right")
            terminal.until(f"step {step}/5")
        within = terminal.lines[:30]  # the last row is tmux's own
        with Terminal(program("hello"), 100, 30, env=env) as plain:
            plain.until("step 0/5")
            plain.press("right", "right", "right")
            plain.until("step 3/5")
            assert within == plain.lines
        terminal.press("ctrl+z")
        terminal.until("no shell here")
        terminal.resize(90, 25)
        terminal.until(lambda text: "step 3/5" in text and len(text.split("\n")[0]) == 90)
        panes = [*tmux, "list-panes", "-a", "-F", "#{pane_pid}"]
        ended = os.pidfd_open(int(subprocess.run(panes, check=True, capture_output=True, text=True).stdout))
        subprocess.run([*tmux, "kill-session", "-t", "work"], check=True, capture_output=True)
        terminal.exit_code()
        assert select.select([ended], [], [], 20)[0], "the program outlives its terminal"
        os.close(ended)
    kept = [json.loads(file.read_text()) for file in (tmp_path / "state" / "lstm-tui").glob("*/session.json")]
    assert [session["position"] for session in kept] == [3, 3]  # each has its own
