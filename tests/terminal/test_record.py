"""Recordings of the installed program: with a terminal, and without one."""

from __future__ import annotations

import getpass
import os
import re
import shutil
import signal
import socket
import subprocess
from pathlib import Path
from types import ModuleType
from typing import Any

import pyte
import pytest

import lstm_tui
from tests.screencast.casts import read_cast
from tests.terminal.driver import Terminal, program
from tests.test_screenshots import FOLDER, maker, words

pytestmark = pytest.mark.terminal

SCRIPT = """open hello --show-keys
size 100x30
caption "two steps, and back"
press right*2 left
expect "step 1/5"
press a
wait 2
press t enter
expect "200 epochs"
press g
type "2"
press enter
size 80x24
press s*3
wait 0.5
picture end.svg
"""


def replayed(path: Path) -> pyte.Screen:
    """A terminal that has played all of a recording."""
    header, events = read_cast(path)
    screen = pyte.Screen(header["width"], header["height"])
    stream = pyte.Stream(screen)
    for _, kind, data in events:
        if kind == "r":
            width, height = map(int, data.split("x"))
            screen.resize(height, width)
        elif kind == "o":
            stream.feed(data)
    return screen


def cells(screen: pyte.Screen) -> list[list[Any]]:
    return [[screen.buffer[y][x] for x in range(screen.columns)] for y in range(screen.lines)]


def recorder(*arguments: str, cwd: Path, hash_seed: str = "0") -> subprocess.Popen[str]:
    """The program in a process of its own that has no terminal, in an environment that says odd things of one."""
    odd = {"PYTHONHASHSEED": hash_seed, "TERM": "dumb" if hash_seed == "1" else "xterm", "COLUMNS": "33"}
    return subprocess.Popen(
        program("record", *arguments),
        cwd=cwd,
        env=os.environ | odd | ({"NO_COLOR": "1"} if hash_seed == "1" else {}),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )


def test_a_recorded_session_ends_on_the_screen_that_was_seen(tmp_path: Path) -> None:
    model = shutil.copy(
        Path(lstm_tui.__file__).with_name("models") / "hello.safetensors", tmp_path / "mine.safetensors"
    )
    arguments = program(str(model), "--record", str(tmp_path / "demo.cast"), "--show-keys", "--step-markers")
    with Terminal(arguments, 120, 40, cwd=tmp_path, env={"SECRET": "s3cret"}, whole_frames=True) as terminal:
        terminal.until("step 0/")
        terminal.press("right", "right", "left", "right")
        terminal.until("step 2/5")
        terminal.press("2")
        terminal.resize(90, 30)
        terminal.press("0", "right")
        terminal.until("step 3/5")
        terminal.press("g")
        terminal.until(lambda text: "unit 37" in text and "→ g" in text)  # the keys shown come a frame later
        # The recording is still being written: it may be a frame ahead of what has arrived here, such as a caret's.
        terminal.until(lambda _: cells(replayed(tmp_path / "demo.cast")) == terminal.cells())
        terminal.press("escape")
        terminal.until(lambda text: "unit 37" not in text)
        terminal.press("w", "enter")
        terminal.until("mine.safetensors exists")
        terminal.press("n")
        terminal.until(lambda text: "exists" not in text)
        terminal.press("q")
        assert terminal.exit_code() == 0
    header, events = read_cast(tmp_path / "demo.cast")
    assert (header["width"], header["height"]) == (120, 40)
    assert [data for _, kind, data in events if kind == "r"] == ["90x30"]
    said = [(1, "h"), (2, "e"), (1, "h"), (2, "e"), (3, "l")]
    marks = [data for _, kind, data in events if kind == "m"]
    assert marks == [f"step {step} (t = {step - 1})  reading '{char}'" for step, char in said]
    assert [at for at, _, _ in events] == sorted(at for at, _, _ in events)
    check_private(tmp_path / "demo.cast")


def check_private(path: Path) -> None:
    """A recording says nothing of the machine, of its user or of what was typed."""
    text = path.read_text(encoding="utf-8")
    for private in (str(path.parent), os.path.expanduser("~"), socket.gethostname(), "s3cret", "/bin/", "xterm"):
        assert private not in text
    assert getpass.getuser() == "root" or getpass.getuser() not in text
    assert {kind for _, kind, _ in read_cast(path)[1]} == {"o", "m", "r"}
    output = "".join(data for _, kind, data in read_cast(path)[1] if kind == "o")
    assert re.findall(r"\x1b(?!\[[0-9;]*[ABCDGHJKm]|\[\?25l|\[\?7l).{0,6}", output) == []


def test_a_killed_program_leaves_a_recording_that_plays(tmp_path: Path) -> None:
    with Terminal(program("--record", "demo.cast"), 80, 24, cwd=tmp_path, whole_frames=True) as terminal:
        terminal.until("step 0/")
        terminal.press("right")
        live = terminal.until("step 1/5")
        terminal.signal(signal.SIGKILL)
        assert terminal.exit_code() == -signal.SIGKILL
    assert "\n".join(replayed(tmp_path / "demo.cast").display) == live


def test_an_existing_recording_is_kept_until_it_may_be_replaced(tmp_path: Path) -> None:
    (tmp_path / "demo.cast").write_text("mine")
    with Terminal(program("--record", "demo.cast"), cwd=tmp_path) as terminal:
        assert terminal.exit_code() == 2
        assert b"exists" in terminal.raw
    assert (tmp_path / "demo.cast").read_text() == "mine"


def test_the_same_script_gives_the_same_bytes_in_two_processes(tmp_path: Path) -> None:
    running = []
    for name, cwd, script in (("1", tmp_path / "1", "lesson.keys"), ("2", tmp_path, "2/lesson.keys")):
        (tmp_path / name).mkdir()
        (tmp_path / name / "lesson.keys").write_text(SCRIPT)
        running.append(recorder(script, "-o", str(tmp_path / name / "lesson.cast"), cwd=cwd, hash_seed=name))
    for process in running:
        assert (process.communicate()[1], process.returncode) == ("", 0)
    for name in ("lesson.cast", "end.svg"):
        assert (tmp_path / "1" / name).read_bytes() == (tmp_path / "2" / name).read_bytes()
    screen = "\n".join(replayed(tmp_path / "1" / "lesson.cast").display)
    assert "step 3/5  equation 3/8" in screen
    assert len(screen.split("\n")) == 24


@pytest.fixture(scope="module")
def make() -> ModuleType:
    return maker()


@pytest.mark.parametrize("lesson", maker().LESSONS)
def test_a_lesson_that_ships_holds(
    lesson: str, make: ModuleType, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TEXTUAL_COLOR_SYSTEM", "truecolor")  # put back afterwards, whatever the command sets
    header, events = read_cast(make.play(lesson, tmp_path))
    assert header["title"] == Path(lesson).stem
    chapters = [line for line in (FOLDER / lesson).read_text(encoding="utf-8").splitlines() if line.startswith("mark")]
    assert sum(kind == "m" for _, kind, _ in events) == len(chapters), "chapters, and no step of its own accord"
    pictures = list(tmp_path.glob("*.svg"))
    assert pictures
    for picture in pictures:
        committed = (FOLDER / picture.name).read_text(encoding="utf-8")
        drawn = picture.read_text(encoding="utf-8")
        assert words(drawn) == words(committed), "run screenshots/make.py and look at what changed"
