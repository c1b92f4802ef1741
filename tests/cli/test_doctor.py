"""`doctor` says what it found, what to do about it, and nothing that a report should not hold."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from lstm_tui.checkpoints import reading_child
from lstm_tui.cli.doctor import depth, lines
from lstm_tui.core.errors import UserError
from tests.terminal.driver import Terminal, program


@pytest.mark.parametrize(
    ("said", "found"),
    [
        ({"TERM": "xterm-256color", "COLORTERM": "truecolor"}, "truecolor"),
        ({"TERM": "xterm-256color"}, "256"),
        ({"TERM": "tmux-256color"}, "256"),
        ({"TERM": "xterm"}, "16"),
        ({"TERM": "linux"}, "16"),
        ({}, "16"),
        ({"TERM": "xterm", "NO_COLOR": ""}, "16"),
        ({"TERM": "xterm-256color", "COLORTERM": "truecolor", "NO_COLOR": "1"}, "none"),
    ],
)
def test_the_colours_that_will_be_used(said: dict[str, str], found: str) -> None:
    assert depth(said) == found


def test_an_address_is_not_reported_and_a_sequence_is_not_obeyed() -> None:
    report = "\n".join(lines({"SSH_CONNECTION": "10.1.2.3 22", "TERM": "\x1b]0;owned\x07", "TERM_PROGRAM": "\u202ex"}))
    assert "10.1.2.3" not in report
    assert "through ssh" in report
    assert "\x1b" not in report
    assert "\u202e" not in report
    assert "U+202E" in report


def test_a_session_that_cannot_be_kept_is_said_without_the_users_name(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.delenv("XDG_STATE_HOME", raising=False)
    assert "no session to resume" in "\n".join(lines({}))
    (tmp_path / ".local").write_text("no folder")
    report = " ".join("\n".join(lines({})).split())
    assert "but session a lost connection loses the session: '~/.local/state/lstm-tui' cannot be written" in report
    assert str(tmp_path) not in report


def test_a_dumb_terminal_is_not_advised_on_its_colours() -> None:
    report = "\n".join(lines({"TERM": "dumb", "COLORTERM": "truecolor"}))
    assert "none: the terminal is dumb (TERM=dumb)" in report
    assert "--color" not in report


def test_without_a_terminal_it_says_that_the_screen_needs_one(tmp_path: Path) -> None:
    done = subprocess.run(
        program("doctor"), stdin=subprocess.DEVNULL, capture_output=True, text=True, check=True,
        env={"XDG_STATE_HOME": str(tmp_path), "PATH": "/usr/bin", "LC_ALL": "C.UTF-8"},
    )  # fmt: skip
    assert done.stdout.startswith("no ")
    assert "lstm-tui trace" in " ".join(done.stdout.split())
    assert done.stderr == ""


@pytest.mark.terminal
def test_in_a_terminal_it_says_what_there_is(tmp_path: Path) -> None:
    env = {"XDG_STATE_HOME": str(tmp_path), "COLORTERM": "", "TMUX": "/tmp/tmux,1,0"}
    with Terminal(program("doctor"), 79, 40, env=env) as terminal:
        assert terminal.exit_code() == 0
        for words in ("the debugger runs here", "79 columns, 40 rows", "UTF-8", "256 (--color 256)", "through tmux"):
            assert words in terminal.text
        assert all(ord(character) > 31 for line in terminal.lines for character in line)


def test_it_says_which_walls_hold(monkeypatch: pytest.MonkeyPatch) -> None:
    def report(walls: Callable[[], dict[str, bool]]) -> str:
        monkeypatch.setattr(reading_child, "walls", walls)
        return " ".join(" ".join(lines({})).split())

    assert "read in a process that cannot open files, sing" in report(lambda: {"open files": True, "sing": True})
    some = report(lambda: {"open files": True, "sing": False})
    assert "but reading foreign model files are read in a process that cannot open files" in some
    assert "this system does not restrict: sing" in some

    def none() -> dict[str, bool]:
        raise UserError("no child starts")

    assert "cannot be opened here no child starts" in report(none)


def test_it_loads_neither_torch_nor_textual() -> None:
    code = (
        "import sys; from lstm_tui.cli.commands import main; main(['doctor']); "
        "sys.exit(any(m in sys.modules for m in ('torch', 'textual')))"
    )
    subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, stdin=subprocess.DEVNULL)
