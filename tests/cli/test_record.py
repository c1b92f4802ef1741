"""What `record` refuses before anything is written."""

from __future__ import annotations

import json
import os
from argparse import Namespace
from collections.abc import Callable
from pathlib import Path

import pytest

from lstm_tui.cli.scripts.record import recorded
from lstm_tui.core.errors import RunFailed, UserError
from lstm_tui.core.filesystem.files import write_atomically
from lstm_tui.core.filesystem.reach import Reach
from lstm_tui.core.options import ModelOptions
from lstm_tui.core.screen_options import ScreenOptions
from lstm_tui.debugger.prepare import prepare
from lstm_tui.screencast.recorder import RecordingDriver
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
    assert "must end in .cast, .gif or .html" in refused("record", "lesson.keys", "-o", "a.mp4")


def test_a_gif_needs_the_extra_before_anything_is_played(
    refused: Refused, lesson: Callable[[str], str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("shutil.which", lambda *_, **__: None)
    assert "pip install 'lstm-tui[gif]'" in refused("record", lesson("press right\n"), "-o", "a.gif")


def test_a_page_holds_the_captions_with_the_steps_they_belong_to(
    run: Run, lesson: Callable[[str], str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TEXTUAL_COLOR_SYSTEM", "truecolor")  # put back afterwards, whatever the command sets
    lesson(
        'open hello\ntitle "</script>"\ncaption "at the start"\npress right j\nmark "two"\n'
        'caption "</script><b>"\npress right left\npress z\npress right\n'
    )
    assert run("record", "lesson.keys", "-o", "a.html")[:2] == (0, "played lesson.keys: wrote 'a.html'\n")
    page = (tmp_path / "a.html").read_text()
    assert "<title>&lt;/script&gt; – lstm-tui</title>" in page
    data = json.loads(page.split('id="data">')[1].split("<")[0])
    steps = [step for chapter in data["chapters"] for step in chapter["steps"]]
    shown = [(steps[record]["p"], unit, caption, mark) for record, _, unit, caption, mark in data["scenes"]]
    first, second = ("at the start", ""), ("</script><b>", "two")
    assert shown == [
        (0, 0, "", ""), (0, 0, *first), (1, 0, *first), (1, 1, *first), (1, 1, "at the start", "two"), (1, 1, *second),
        (2, 1, *second), (1, 1, *second), (1, 1, *second), (2, 1, *second),
    ]  # fmt: skip
    zeroed, after = steps[data["scenes"][-2][0]], steps[data["scenes"][-1][0]]
    assert zeroed["z"] == 1
    assert {x for vector in zeroed["v"][0][-2:] for x in vector} == {0}
    assert after["v"] != steps[data["scenes"][6][0]]["v"], "the state was another one"


def test_pictures_are_taken_back_where_the_recording_fails(
    run: Run, lesson: Callable[[str], str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TEXTUAL_COLOR_SYSTEM", "truecolor")  # put back afterwards, whatever the command sets
    monkeypatch.setattr("lstm_tui.screencast.gif.find_agg", lambda: "false")
    lesson("press right\npicture a.svg\n")
    code, out, err = run("record", "lesson.keys", "-o", "a.gif")
    assert (code, out) == (1, "")
    assert err.startswith("lstm-tui: 'a.gif' could not be made: agg said nothing")
    assert os.listdir(tmp_path) == ["lesson.keys"]
    lesson("press right\npicture a.svg\npicture b.svg\npress right\n")
    monkeypatch.setattr("lstm_tui.screencast.player.write_atomically", full_at("b.svg"))
    assert run("record", "lesson.keys", "-o", "a.cast")[0] == 1
    assert os.listdir(tmp_path) == ["lesson.keys"]


@pytest.mark.parametrize("fails", [False, True])
def test_a_session_becomes_a_gif_and_is_not_lost_where_it_cannot(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, fails: bool
) -> None:
    def session(_: object, __: object, driver: type[RecordingDriver]) -> int:
        driver.recording.sent("step 1", 80, 24)
        return 0

    def made(cast: str, *_: object) -> bytes:
        assert "step 1" in Path(cast).read_text()
        if fails:
            raise RunFailed("'a.gif' could not be made")
        return b"GIF89a"

    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("lstm_tui.tui.app.run", session)
    monkeypatch.setattr("lstm_tui.screencast.gif.find_agg", lambda: "agg")
    monkeypatch.setattr("lstm_tui.screencast.gif.gif_of", made)
    arguments = Namespace(record="a.gif", force=False, step_markers=False)
    if fails:
        with pytest.raises(RunFailed, match=r"could not be made; the recording is in 'a\.gif\.cast'"):
            recorded(prepare(ModelOptions()), ScreenOptions(), arguments)
    else:
        assert recorded(prepare(ModelOptions()), ScreenOptions(), arguments) == 0
    assert os.listdir(tmp_path) == ["a.gif.cast" if fails else "a.gif"]


def full_at(name: str) -> Callable[..., None]:
    """A disk that has room for everything but this file."""

    def write(path: str, data: bytes, force: bool, where: Reach) -> None:
        if path == name:
            raise UserError("no room")
        write_atomically(path, data, force, where=where)

    return write


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
    assert "|  step 1/5  reading 'h'" in err
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
