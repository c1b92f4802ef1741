"""What `record` refuses before anything is written."""

from __future__ import annotations

import os
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
        ("open --cell nowhere.py:Cell", "line 1: --cell nowhere.py:Cell is code"),
        ("open --cell=nowhere.py:Cell hello", "add --trust if you trust its author"),
        ("open hello --device cpu", "line 1: a script may not choose the --device; add --trust"),
        ("open ../mine.safetensors", "line 1: '../mine.safetensors' leaves the script's folder"),
        ("open ~/mine.safetensors", "leaves the script's folder"),
        ("open hello --file /etc/hostname", "line 1: '/etc/hostname' leaves"),
        ("open --vocab ../list.json --text hello", "'../list.json' leaves"),
        ("open --text hello --vocab-from ../book.txt", "'../book.txt' leaves"),
        ("picture ../../x.svg", "line 1: '../../x.svg' leaves"),
        ("picture /tmp/x.svg", "line 1: '/tmp/x.svg' leaves"),
        ("open hello --text 'it''s", "closing quote"),
    ],
)
def test_an_open_line_is_as_strict_as_the_command_line(
    refused: Refused, lesson: Callable[[str], str], line: str, complaint: str
) -> None:
    assert complaint in refused("record", lesson(f"{line}\npress right\n"), "-o", "a.cast")


def test_what_is_opened_is_said_once(refused: Refused, lesson: Callable[[str], str]) -> None:
    script = lesson("open hello\npress right\n")
    assert "line 1 already says what to open" in refused("record", script, "brackets", "-o", "a.cast")


def test_a_failed_expectation_shows_the_screen_and_its_line(
    run: Run, lesson: Callable[[str], str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TEXTUAL_COLOR_SYSTEM", "truecolor")  # put back afterwards, whatever the command sets
    code, out, err = run("record", lesson('press right\nexpect "step 5/5"\n'), "-o", "a.cast")
    assert (code, out) == (1, "")
    assert "| step 1/5  reading 'h'" in err
    assert err.splitlines()[-1] == 'lstm-tui: lesson.keys, line 2: the screen does not show "step 5/5"'


@pytest.mark.parametrize(
    ("keys", "line"),
    [
        ('press w\ntype "../"\npress x backspace\ntype "out.svg"\npress enter\n', 6),
        ('press w\ntype "out.svg"\npress home\ntype "../"\npress enter\npress down\n', 6),
        ('press :\ntype "write"\nwait 2\npress enter\ntype "~/out.csv"\npress enter\n', 7),
        ('press w\ntype "up/out.jsonl"\nwait 2\npress enter\n', 5),
        ('press w\ntype "mine.svg"\npress enter y\n', 4),
        ('press o\ntype "../mine.safetensors"\npress enter\nexpect "open"\n', 4),
        ('press o\ntype "up/mine.safetensors"\npress enter\n', 4),
    ],
)
def test_a_strangers_script_is_ended_by_what_it_may_not_have(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, keys: str, line: int
) -> None:
    monkeypatch.setenv("TEXTUAL_COLOR_SYSTEM", "truecolor")  # put back afterwards, whatever the command sets
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    for folder in ("lesson", "home"):
        (tmp_path / folder).mkdir()
    (tmp_path / "lesson" / "x.keys").write_text(f"press right\n{keys}")
    (tmp_path / "lesson" / "up").symlink_to("..")
    (tmp_path / "lesson" / "mine.svg").write_text("mine")
    before = sorted(tmp_path.rglob("*"))
    code, out, err = run("record", "lesson/x.keys", "-o", "x.cast")
    assert (code, out) == (2, "")
    assert f"lesson/x.keys, line {line}: '" in err
    assert sorted(tmp_path.rglob("*")) == before
    assert (tmp_path / "lesson" / "mine.svg").read_text() == "mine"


CELL = """
open("ran", "w").close()
from torch import nn
class Cell(nn.Module):
    def __init__(self, d, h):
        super().__init__()
        self.cell = nn.LSTMCell(d, h)
    def forward(self, x, hc):
        return self.cell(x, hc)
"""


def test_trust_lets_a_script_do_what_its_user_can(run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TEXTUAL_COLOR_SYSTEM", "truecolor")  # put back afterwards, whatever the command sets
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    (tmp_path / "lesson").mkdir()
    (tmp_path / "cell.py").write_text(CELL)
    script = 'open --cell ../cell.py:Cell --text hello\npress right\npress w\ntype "../out.svg"\npress enter\n'
    (tmp_path / "lesson" / "x.keys").write_text(script + "press t enter\nwait 20\npress right q\n")
    assert run("record", "lesson/x.keys", "-o", "x.cast")[0] == 2
    assert not (tmp_path / "ran").exists()
    assert run("record", "lesson/x.keys", "-o", "x.cast", "--trust")[0] == 0
    assert sorted(os.listdir(tmp_path)) == ["cell.py", "lesson", "out.svg", "ran", "x.cast"]  # and no session is kept


def test_a_failed_lesson_leaves_nothing_in_the_way_of_the_next(
    run: Run, lesson: Callable[[str], str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TEXTUAL_COLOR_SYSTEM", "truecolor")  # put back afterwards, whatever the command sets
    arguments = ("record", "lesson.keys", "-o", "a.cast")
    lesson('press right\npicture a.svg\nexpect "step 5/5"\n')
    assert run(*arguments)[0] == 1
    assert os.listdir(tmp_path) == ["lesson.keys"]
    lesson('press right\npicture a.svg\nexpect "step 1/5"\npress w\ntype "no/a.svg"\npress enter\nexpect "folder"\n')
    assert run(*arguments)[0] == 0
    assert sorted(os.listdir(tmp_path)) == ["a.cast", "a.svg", "lesson.keys"]
    assert str(tmp_path) not in (tmp_path / "a.cast").read_text()
