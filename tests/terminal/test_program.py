"""The installed program in a real terminal: what a user does first, read off the screen."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

import pytest

from tests.terminal.driver import Terminal, program
from tests.terminal.opening import opened, resized

pytestmark = pytest.mark.terminal

NUMBER = re.compile(r"[+-]?\d+\.\d\d(?!\d)")

# hello at step 2, reading 'e': the recipe's figures for all eight units.
STEP_2 = {
    "f": (0.04, 0.01, 0.00, 0.01, 1.00, 1.00, 0.05, 1.00),
    "i": (1.00, 0.36, 0.99, 0.03, 0.95, 0.80, 0.16, 1.00),
    "c̃": (1.00, -0.63, -1.00, 0.92, 1.00, -1.00, 0.51, -1.00),
    "o": (1.00, 0.10, 0.94, 0.00, 1.00, 0.98, 0.07, 1.00),
    "c": (0.97, -0.22, -0.98, 0.04, 1.89, -1.78, 0.13, -0.80),
    "h": (0.75, -0.02, -0.71, 0.00, 0.95, -0.92, 0.01, -0.66),
}


def panels(terminal: Terminal) -> dict[str, tuple[float, ...]]:
    """The numbers of the six panels, read off a screen whose panels stand in two rows of three."""
    shown: dict[str, tuple[float, ...]] = {}
    for top in (["f", "i", "c̃"], ["o", "c", "h"]):
        title = next(at for at, line in enumerate(terminal.lines) if re.search(rf"\d {top[0]} .*\d {top[2]} ", line))
        rows = [NUMBER.findall(line) for line in terminal.lines[title + 1 :]]
        rows = [row for row in rows if len(row) == 3][:8]
        for name, column in zip(top, zip(*rows, strict=True), strict=True):
            shown[name] = tuple(map(float, column))
    return shown


@pytest.mark.parametrize(("columns", "rows"), [(80, 24), (120, 40)])
def test_the_numbers_of_the_recipe_stand_on_the_screen(hello: Terminal, columns: int, rows: int) -> None:
    resized(hello, columns, rows)
    hello.press("right", "right")
    shown = hello.until("step 2/5")
    for name, expected in STEP_2.items():
        assert panels(hello)[name] == pytest.approx(expected, abs=0.0051), name
    assert "reading 'e'" in shown
    assert "next 'l'" in shown


def test_a_step_back_shows_the_same_screen_again(hello: Terminal) -> None:
    hello.press("right", "right")
    first = hello.until("step 2/5")
    hello.press("right", "right", "right")
    hello.until("step 5/5")
    hello.press("left", "left", "left")
    assert hello.until("step 2/5") == first


def test_a_key_typed_before_torch_is_there_is_obeyed_once_it_is() -> None:
    with Terminal(program(), whole_frames=True) as terminal:
        terminal.until("hello")
        terminal.press("right", "right", "right")
        terminal.until("step 3/5")


def test_q_gives_the_terminal_back_as_it_was() -> None:
    with opened() as terminal:
        terminal.press("right", "q")
        assert terminal.exit_code() == 0
        assert terminal.termios_now() == terminal.termios_before
        assert b"\x1b[?1049l" in terminal.raw  # the shell's own screen is back
        assert b"Warning" not in terminal.raw


@pytest.mark.parametrize("hidden", ["1", "64", "1024"])
def test_every_hidden_size_opens_and_steps(hidden: str) -> None:
    with opened("--hidden", hidden) as terminal:
        assert f"{hidden} unit" in terminal.text
        terminal.press("end")
        terminal.until("step 5/5")
        terminal.press("home")
        terminal.until("step 0/5")


def test_a_terminal_too_small_is_asked_for_room_and_a_larger_one_gets_the_panels() -> None:
    """Neither what the environment says of a size nor where standard output goes makes it another one."""
    elsewhere = ["sh", "-c", '"$@" > /dev/null', "sh", *program()]
    env = {"COLUMNS": "100", "LINES": "30"}
    with Terminal(elsewhere, 40, 10, env=env, whole_frames=True) as terminal:
        terminal.until(lambda text: "60" in text and "16" in text)
        terminal.resize(80, 24)
        terminal.until(lambda text: "step 0/5" in text and "1 f" in text and "q quit" in terminal.lines[-1])


@pytest.mark.parametrize("size", [(60, 16), (1, 1), (200, 8)])
def test_a_terminal_of_another_size_for_a_moment_shows_all_of_it_again(hello: Terminal, size: tuple[int, int]) -> None:
    hello.press("right", "right")
    before, cells = hello.until("step 2/5"), hello.cells()
    hello.resize(*size)
    hello.resize(80, 24)  # at once: to the program it may look as if nothing had happened
    assert hello.until(lambda text: text == before)
    assert hello.cells() == cells


def test_the_last_of_two_sizes_is_the_one_that_stays(hello: Terminal) -> None:
    for _ in range(3):
        hello.resize(200, 8)
        hello.resize(61, 17)  # while the screen is laid out for the first
        hello.until(lambda text: "step 0/5" in text and len(hello.lines) == 17 and "q quit" in hello.lines[-1])
        hello.resize(80, 24)
        hello.until(lambda text: "6 h hidden" in text and "q quit" in hello.lines[-1])


def test_what_others_wrote_on_the_screen_is_drawn_over_in_a_dialog_too(hello: Terminal) -> None:
    for key, wanted in (("right", "step 1/5"), ("g", "unit 37")):
        hello.press(key)
        before, cells = hello.until(wanted), hello.cells()
        hello.emulator.feed(b"\x1b[3;3H\x1b[41mBroadcast message from root" + b"\r\n rubbish" * 12 + b"\x1b[m")
        hello.press("ctrl+l")
        assert hello.until(lambda text, before=before: text == before)  # type: ignore[misc]
        assert hello.cells() == cells
    hello.press("escape")


def test_the_next_cell_says_that_the_numbers_stay(hello: Terminal) -> None:
    hello.press("right")
    for cell in ("fused", "builtin", "by-hand"):
        hello.press("x")
        shown = hello.until(f"{cell}: same numbers, largest difference")
        assert "step 1/5" in shown


def test_training_fresh_weights_ends_with_a_smaller_loss_and_can_be_undone() -> None:
    with opened("--text", "hello", "--epochs", "30") as terminal:
        terminal.press("t")
        terminal.until("epochs")
        terminal.press("enter")
        terminal.until("30 epochs")
        terminal.press("u")
        terminal.until("undone")


def test_a_model_written_from_the_screen_opens_again(tmp_path: Path) -> None:
    with opened("--hidden", "3", "--text", "abcab", cwd=tmp_path) as terminal:
        terminal.press("w")
        terminal.until(".safetensors")
        terminal.press("enter")
        terminal.until("wrote")
    (path,) = tmp_path.glob("*.safetensors")
    with opened(str(path)) as terminal:
        assert "3 units" in terminal.text
        assert "step 0/5" in terminal.text


def test_without_a_terminal_one_sentence_names_trace() -> None:
    done = subprocess.run(program(), stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False)
    assert done.returncode == 2
    assert "trace" in done.stderr
    assert len(done.stderr.splitlines()) == 1
    assert done.stdout == ""


def test_a_closed_pipe_ends_a_trace_quietly() -> None:
    command = f"'{program()[0]}' trace --text '{'hello' * 400}' --format jsonl | head -n 2"
    done = subprocess.run(["bash", "-o", "pipefail", "-c", command], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.count("\n") == 2
