"""What `record` refuses before anything is written."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from tests.cli.running import Run

Refused = Callable[..., str]


@pytest.fixture
def lesson(tmp_path: Path) -> Callable[[str], str]:
    """A script in the folder that commands run in."""

    def lesson(text: str) -> str:
        (tmp_path / "lesson.keys").write_text(text)
        return "lesson.keys"

    return lesson


def test_a_script_and_a_place_are_needed(refused: Refused, lesson: Callable[[str], str]) -> None:
    assert "needs a script" in refused("record")
    assert "-o FILE.cast" in refused("record", lesson("press right\n"))
    assert "there is no file 'other.keys'" in refused("record", "other.keys", "-o", "a.cast")
    assert ".cast" in refused("record", "lesson.keys", "-o", "a.gif")


def test_files_that_exist_are_kept(refused: Refused, lesson: Callable[[str], str], tmp_path: Path) -> None:
    script = lesson("press right\npicture a.svg\n")
    (tmp_path / "a.svg").write_text("mine")
    assert "'a.svg' exists" in refused("record", script, "-o", "a.cast")
    (tmp_path / "a.cast").write_text("mine")
    assert "'a.cast' exists" in refused("record", script, "-o", "a.cast")


@pytest.mark.parametrize(
    ("line", "complaint"),
    [
        ("open trace hello", "open takes a MODEL"),
        ("open hello --record b.cast", "open takes a MODEL"),
        ("open --help", "open takes a MODEL"),
        ("open --resume", "open takes a MODEL"),
        ("open hello --colour 256", "did you mean --color?"),
        ("open --file -", "standard input"),
        ("open nowhere.safetensors", "line 1: there is no model file 'nowhere.safetensors'"),
        ("open --cell nowhere.py:Cell", "nowhere.py"),
        ("open hello --text 'it''s", "closing quote"),
    ],
)
def test_an_open_line_is_as_strict_as_the_command_line(
    refused: Refused, lesson: Callable[[str], str], line: str, complaint: str
) -> None:
    assert complaint in refused("record", lesson(f"{line}\npress right\n"), "-o", "a.cast")


def test_what_is_opened_is_said_once(refused: Refused, lesson: Callable[[str], str]) -> None:
    script = lesson("open hello\npress right\n")
    assert "line 1 says what to open" in refused("record", script, "brackets", "-o", "a.cast")


def test_a_failed_expectation_shows_the_screen_and_its_line(
    run: Run, lesson: Callable[[str], str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TEXTUAL_COLOR_SYSTEM", "truecolor")  # put back afterwards, whatever the command sets
    code, out, err = run("record", lesson('press right\nexpect "step 5/5"\n'), "-o", "a.cast")
    assert (code, out) == (1, "")
    assert "| step 1/5  reading 'h'" in err
    assert err.splitlines()[-1] == 'lstm-tui: lesson.keys, line 2: the screen does not show "step 5/5"'
