"""Ends that nobody asked for, pauses, and what is there afterwards: the installed program in a real terminal."""

from __future__ import annotations

import json
import re
import signal
import stat
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.terminal.driver import Terminal, program
from tests.terminal.opening import opened

pytestmark = pytest.mark.terminal

LEFT = b"\x1b[?1049l"


@pytest.fixture
def state(tmp_path: Path) -> dict[str, str]:
    """The environment of a user who has no session yet."""
    return {"XDG_STATE_HOME": str(tmp_path / "state")}


def kept(state: dict[str, str]) -> dict[str, Any]:
    """The only session."""
    (file,) = (Path(state["XDG_STATE_HOME"]) / "lstm-tui").glob("*/session.json")
    content = json.loads(file.read_text())
    assert isinstance(content, dict)
    return content


def files(state: dict[str, str]) -> list[Path]:
    return sorted(Path(state["XDG_STATE_HOME"]).rglob("*.*"))


def restored(terminal: Terminal) -> bool:
    return terminal.termios_now() == terminal.termios_before and LEFT in terminal.raw


def test_a_signal_restores_the_terminal_and_the_session_goes_on(state: dict[str, str]) -> None:
    with opened("brackets", "--stop", "c[0] > 2.5", env=state) as terminal:
        terminal.press("x")
        terminal.until("fused: same numbers")
        terminal.press("right", "right", "right", "down", "5")
        before = terminal.until(lambda text: "step 3/" in text and "6 h" not in text)
        terminal.signal(signal.SIGTERM)
        assert terminal.exit_code() == 143
        assert restored(terminal)
        assert b"'lstm-tui --resume brackets' continues brackets at step 3 (t = 2)" in terminal.raw
    with opened("--resume", env=state, until="step 3/") as terminal:
        assert "fused" in terminal.until("resumed at step 3 (t = 2)")
        terminal.press("right", "left")  # the message gives way
        after = terminal.until(lambda text: "step 3/" in text and "resumed" not in text)
        assert after.split("\n")[1:] == before.split("\n")[1:]
        terminal.press("b")
        terminal.until("c[0] > 2.5")


def test_a_signal_before_anything_was_open_promises_nothing(state: dict[str, str]) -> None:
    with opened("hello", env=state, until="loading", cold=True) as terminal:
        terminal.signal(signal.SIGTERM)
        assert terminal.exit_code() == 143
        assert restored(terminal)
        assert b"lstm-tui: asked to stop\r\n" in terminal.raw
    assert files(state) == []


def test_a_lost_connection_is_a_hang_up_and_only_the_user_can_read_what_is_kept(state: dict[str, str]) -> None:
    with opened("--text", "abcabc", "--hidden", "3", env=state) as terminal:
        terminal.press("right", "right")
        terminal.until("step 2/6")
        terminal.hang_up()
        assert terminal.exit_code() == 129
    folder, *rest = sorted({path.parent for path in files(state)}), *files(state)
    assert [stat.S_IMODE(path.stat().st_mode) for path in (*folder, *rest)] == [0o700, 0o600]
    assert kept(state)["position"] == 2


def test_a_lost_connection_is_noticed_without_the_signal(state: dict[str, str]) -> None:
    script = f"trap '' HUP; '{program()[0]}' hello; echo $? > '{state['XDG_STATE_HOME']}.code'"
    with Terminal(["/bin/sh", "-c", script], 80, 24, env=state) as terminal:
        terminal.until("step 0/")
        terminal.hang_up()
        terminal.exit_code()
    assert Path(state["XDG_STATE_HOME"] + ".code").read_text() == "129\n"


def test_weights_and_a_text_that_were_never_saved_come_back(state: dict[str, str]) -> None:
    with opened("--text", "abcab", "--hidden", "3", "--epochs", "5", env=state) as terminal:
        terminal.press("t")
        terminal.until("epochs")
        terminal.press("enter")
        terminal.until("5 epochs")
        terminal.press("e")
        terminal.until("another text")
        terminal.type("cab")
        terminal.press("enter")
        terminal.until("step 0/3")
        terminal.press("right", "right")
        shown = terminal.until("step 2/3")
        terminal.signal(signal.SIGTERM)
        assert terminal.exit_code() == 143
    with opened("--resume", env=state, until="step 2/3") as terminal:
        terminal.until(lambda text: text.split("\n")[4:] == shown.split("\n")[4:])
        terminal.press("q")
        terminal.until("not saved")
        terminal.press("y")
        assert terminal.exit_code() == 0
    assert files(state) == []  # "quit without saving" is meant for this too


def test_a_lost_connection_during_a_training_keeps_what_it_has_learned(state: dict[str, str]) -> None:
    with opened("--text", "abcab", "--hidden", "3", "--epochs", "999999", env=state) as terminal:
        terminal.press("right", "t")
        terminal.until("epochs")
        terminal.press("enter")
        terminal.until(lambda text: re.search(r"epoch [1-9][\d,]*/999,999", text) is not None)
        terminal.hang_up()
        assert terminal.exit_code() == 129
    assert kept(state)["weights"]
    with opened(env=state, until="step 0/5") as other:  # a plain start touches nothing of it
        other.press("right")
        other.until("step 1/5")
        other.signal(signal.SIGTERM)
        assert other.exit_code() == 143
    with opened("--resume", "fresh", env=state, until="step 1/5") as terminal:
        assert re.search(r"fresh .* [1-9]\d* epochs?", terminal.text)
        terminal.press("q")
        terminal.until("not saved")


def test_quitting_keeps_the_place_too(state: dict[str, str]) -> None:
    with opened("hello", env=state) as terminal:
        terminal.press("right", "z", "right", "q")
        assert terminal.exit_code() == 0
    assert (kept(state)["position"], kept(state)["edited"]) == (2, [1])
    with opened("--resume", env=state, until="step 2/5") as terminal:
        terminal.press("left")
        terminal.until("state set by hand")


def test_no_autosave_keeps_nothing(state: dict[str, str]) -> None:
    with opened("--text", "secret", "--no-autosave", env=state) as terminal:
        terminal.press("right")
        terminal.until("step 1/6")
        terminal.signal(signal.SIGINT)
        assert terminal.exit_code() == 130
        assert restored(terminal)
        assert b"--resume" not in terminal.raw
    assert files(state) == []


def test_nothing_to_resume_and_resuming_something_else_are_sentences(state: dict[str, str]) -> None:
    for arguments, words in ((["--resume"], "no session to resume"), (["hello", "--resume"], "leave out the model")):
        with Terminal(program(*arguments), 80, 24, env=state) as terminal:
            assert terminal.exit_code() == 2
            assert words in terminal.text.replace("\n", "")


@pytest.fixture
def shell(state: dict[str, str]) -> Iterator[Terminal]:
    """A shell with job control that has just been asked to run the program."""
    with Terminal(["/bin/bash", "--norc", "--noprofile", "-i"], 80, 24, env={**state, "PS1": "shell> "}) as terminal:
        terminal.until("shell>")
        terminal.type(f"'{program()[0]}' hello\n")
        terminal.until("step 0/5")
        yield terminal
        terminal.press("q")
        terminal.until("shell>")
        terminal.type("exit\n")
        terminal.exit_code()


def test_a_pause_gives_the_terminal_to_the_shell_and_fg_comes_back_to_the_same_screen(shell: Terminal) -> None:
    shell.press("right", "right")
    before = shell.until("step 2/5")
    shell.press("ctrl+z")
    shell.until("paused: type fg to come back")
    shell.until("shell>")
    shell.type("echo $((6 * 7)) and more\n")
    shell.until("42 and more")
    shell.type("fg\n")
    shell.until(lambda text: text == before)
    shell.press("right")
    shell.until("step 3/5")
    shell.press("g")
    before = shell.until("unit 37")
    shell.press("ctrl+z")  # from a dialog too
    shell.until("paused: type fg to come back")
    shell.until("shell>")
    shell.type("fg\n")
    shell.until(lambda text: text == before)
    shell.press("escape")
    shell.until(lambda text: "unit 37" not in text)


def test_where_no_shell_waits_there_is_no_pause(hello: Terminal) -> None:
    hello.press("ctrl+z")
    hello.until("no shell here")
    hello.press("right")
    hello.until("step 1/5")
