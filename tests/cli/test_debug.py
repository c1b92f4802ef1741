"""The debugger is opened on a terminal that can hold it, and nowhere else."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable

import pytest

from tests.cli.running import Run


@pytest.fixture
def terminal(monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    """Makes standard input and error look like a terminal, but for what is said."""

    class Stream:
        closed = False

        def __init__(self, tty: bool, encoding: str) -> None:
            self.tty, self.encoding = tty, encoding

        def isatty(self) -> bool:
            return self.tty

    def terminal(
        stdin: bool = True, stderr: bool = True, encoding: str = "utf-8", term: str = "xterm-256color"
    ) -> None:
        monkeypatch.setattr(sys, "__stdin__", Stream(stdin, "utf-8"))
        monkeypatch.setattr(sys, "__stderr__", Stream(stderr, encoding))
        monkeypatch.setenv("TERM", term)

    return terminal


@pytest.mark.parametrize(
    ("said", "fragment"),
    [
        ({"stdin": False}, "standard input"),
        ({"stderr": False}, "standard error"),
        ({"term": "dumb"}, "TERM=dumb"),
        ({"encoding": "ascii"}, "PYTHONUTF8=1"),
        ({"encoding": "latin-1"}, "PYTHONUTF8=1"),
    ],
)
def test_without_a_proper_terminal_trace_is_named(
    refused: Callable[..., str], terminal: Callable[..., None], said: dict[str, object], fragment: str
) -> None:
    terminal(**said)
    sentence = refused("hello")
    assert fragment in sentence
    assert "lstm-tui trace" in sentence


def test_the_debugger_does_not_read_its_text_where_its_keys_come_from(refused: Callable[..., str]) -> None:
    assert "lstm-tui trace" in refused("--file", "-")


@pytest.mark.parametrize(
    ("color", "before", "after"),
    [
        ("auto", {"NO_COLOR": ""}, (None, None)),
        ("auto", {"NO_COLOR": "1"}, ("1", None)),
        ("auto", {}, (None, None)),
        ("none", {}, ("1", None)),
        ("16", {"NO_COLOR": "1"}, (None, "standard")),
        ("truecolor", {}, (None, "truecolor")),
    ],
)
def test_colours_are_settled_before_textual_reads_them(
    monkeypatch: pytest.MonkeyPatch,
    terminal: Callable[..., None],
    run: Run,
    color: str,
    before: dict[str, str],
    after: tuple[str | None, str | None],
) -> None:
    import lstm_tui.tui.app as app

    seen: list[tuple[str | None, str | None]] = []

    def pretend(*_: object) -> int:
        seen.append((os.environ.get("NO_COLOR"), os.environ.get("TEXTUAL_COLOR_SYSTEM")))
        return 7

    for name in ("NO_COLOR", "TEXTUAL_COLOR_SYSTEM"):
        monkeypatch.setenv(name, "")  # so that what the command sets is undone afterwards
        monkeypatch.delenv(name)
    for name, value in before.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setattr(app, "run", pretend)
    terminal()
    assert run("hello", "--color", color) == (7, "", "")
    assert seen == [after]
