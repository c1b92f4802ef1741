"""A script drives the app through its own keys, in a time of its own."""

from __future__ import annotations

import itertools
import re
import xml.etree.ElementTree as ElementTree
from collections.abc import Callable
from pathlib import Path
from typing import cast

import pyte
import pytest

from lstm_tui.core.errors import RunFailed, UserError
from lstm_tui.core.screen_options import ScreenOptions
from lstm_tui.debugger.prepared import Prepared
from lstm_tui.screencast.cast import Cast, Event
from lstm_tui.screencast.player import BETWEEN_KEYS, ExpectationFailed, ScriptPlayer
from lstm_tui.screencast.script import parse
from lstm_tui.tui.app import make_app
from tests.screencast.casts import read_cast
from tests.tui.fake import FakeDebugger, FakePrepared, FakeTraining

Play = Callable[..., list[Event]]


class QuickDebugger(FakeDebugger):
    """Its trainings take no test's time."""

    def training(self, *args: object, **kwargs: object) -> FakeTraining:
        made = super().training(*args, **kwargs)  # type: ignore[arg-type]
        made.finish.set()
        return made


@pytest.fixture
def play(tmp_path: Path) -> Play:
    """Plays a script over a debugger that is not there; the events of the recording."""

    def play(text: str, debugger: FakeDebugger | None = None, force: bool = False, **options: object) -> list[Event]:
        prepared = FakePrepared(debugger or QuickDebugger())
        prepared.gate.set()
        file = Cast(str(tmp_path / "lesson.cast"), force=True)
        script_run = ScriptPlayer(parse(text, "lesson.keys"), file, step_markers=True)
        screen = ScreenOptions(color="truecolor", **options)  # type: ignore[arg-type]
        try:
            script_run.run(make_app(cast(Prepared, prepared), screen, script_run.driver))
            script_run.keep_pictures(force)
        finally:
            file.close()
        return read_cast(file.path)[1]

    return play


def screen(events: list[Event], width: int = 120, height: int = 40) -> str:
    """What a terminal shows at the end."""
    terminal = pyte.Screen(width, height)
    stream = pyte.Stream(terminal)
    for _, kind, data in events:
        if kind == "r":
            columns, rows = map(int, data.split("x"))
            terminal.resize(rows, columns)
        elif kind == "o":
            stream.feed(data)
    return "\n".join(terminal.display)


def test_the_recording_shows_what_the_keys_did(play: Play) -> None:
    events = play('press right*3\nexpect "step 3/5"\npress left\nexpect "step 2/5"\n')
    assert "step 2/5  reading 'e'  next 'l'" in screen(events)
    said = [(1, "h"), (2, "e"), (3, "l"), (2, "e")]
    marks = [data for _, kind, data in events if kind == "m"]
    assert marks == [f"step {step} (t = {step - 1})  reading '{char}'" for step, char in said]


def test_time_is_what_the_script_says(play: Play) -> None:
    events = play("press right*4\nwait 3\n")
    marks = [at for at, kind, _ in events if kind == "m"]
    assert [later - earlier for earlier, later in itertools.pairwise(marks)] == pytest.approx(
        [BETWEEN_KEYS] * 3, abs=0.02
    )
    assert events[-1][0] == pytest.approx(marks[0] + 4 * BETWEEN_KEYS + 3, abs=0.05)


def test_autoplay_steps_in_that_time(play: Play) -> None:
    events = play('press a\nwait 2\nexpect "step 5/5"\n')
    marks = [at for at, kind, _ in events if kind == "m"]
    assert len(marks) == 5
    assert marks[-1] - marks[0] == pytest.approx(2.0, abs=0.05)


def test_the_same_script_gives_the_same_bytes(play: Play, tmp_path: Path) -> None:
    text = 'caption "so"\npress right*2 a\nwait 2\npress g\ntype "1"\npress enter\nsize 80x24\npress t enter\nwait 1\n'
    recordings = []
    for _ in range(2):
        play(text)
        recordings.append((tmp_path / "lesson.cast").read_bytes())
    assert recordings[0] == recordings[1]


def test_a_training_is_over_before_the_next_command(play: Play) -> None:
    play('press t enter\nexpect "trained 2 epochs"\n')


def test_typing_goes_into_the_dialog_that_is_open(play: Play) -> None:
    play('press g\ntype "4"\nexpect "go to"\npress enter\nexpect "step 4/5"\n')


def test_an_expectation_that_fails_names_its_line_and_shows_the_screen(play: Play) -> None:
    with pytest.raises(ExpectationFailed, match=r"^lesson\.keys, line 3: .*\"step 4/5\"") as caught:
        play('press right\n\nexpect "step 4/5"\npress right\n')
    assert any("step 1/5" in row for row in caught.value.screen)
    assert not any("step 2/5" in row for row in caught.value.screen)


def test_a_script_that_goes_on_after_the_end_is_told_so(play: Play) -> None:
    with pytest.raises(RunFailed, match=r"lesson\.keys, line 2: the program has ended"):
        play("press q\npress right\n")


def test_every_key_of_the_program_can_be_pressed_in_a_script(play: Play) -> None:
    play('press right ctrl+l\nexpect "step 1/5"\npress ctrl+z\nexpect "no shell here"\n')


def test_leaving_last_is_fine(play: Play) -> None:
    assert play("press right q\n")


def test_another_size_is_recorded_and_drawn(play: Play) -> None:
    events = play('press right\nsize 90x30\nexpect "step 1/5"\nwait 0.5\n')
    assert [data for _, kind, data in events if kind == "r"] == ["90x30"]
    rows = screen(events).split("\n")
    assert (len(rows), len(rows[0])) == (30, 90)
    assert any("step 1/5" in row for row in rows)


def test_a_caption_keeps_its_place_once_there_is_one(play: Play) -> None:
    before = screen(play('press right\ncaption ""\n')).split("\n")
    during = screen(play('press right\ncaption "read this"\n')).split("\n")
    assert "  read this" in "\n".join(during)
    assert [row for row in during if "read this" not in row] == [
        row for row, shown in zip(before, during, strict=True) if "read this" not in shown
    ]


def test_a_long_caption_is_folded(play: Play) -> None:
    shown = screen(play(f'size 80x24\ncaption "{"words " * 24}"\n'), 80, 24)
    assert sum("words words" in row for row in shown.split("\n")) == 2


def test_pressed_keys_are_shown_and_typed_ones_are_not(play: Play) -> None:
    shown = screen(play("press right down x\n", show_keys=True))
    assert "→ ↓ x" in shown.split("\n")[-1]
    typed = screen(play('press w\ntype "/home/me"\n', show_keys=True)).split("\n")[-1]
    assert typed.rstrip().endswith("w")
    gone = screen(play("press right\nwait 2\n", show_keys=True)).split("\n")[-1]
    assert "q quit" in gone
    assert not gone.rstrip().endswith("→")


def test_a_picture_is_the_screen_and_stands_beside_the_recording(play: Play, tmp_path: Path) -> None:
    play("press right*2\npicture two.svg\n")
    svg = (tmp_path / "two.svg").read_text(encoding="utf-8")
    assert "step 2/5" in re.sub("&#160;", " ", svg)
    with pytest.raises(RunFailed, match=r"line 2: 'two\.svg' exists"):
        play("press right\npicture two.svg\n")
    play("press right\npicture two.svg\n", force=True)


def test_a_picture_is_xml_whatever_was_read(play: Play, tmp_path: Path) -> None:
    text = "<&\"'>\x00\x1b\x9b\ufffe\uffff\ud800\u202e\u0301漢🙂\U000e0001]]>"
    play("press right*6\npicture strange.svg\n", QuickDebugger(text=text))
    svg = (tmp_path / "strange.svg").read_text(encoding="utf-8")
    ElementTree.fromstring(svg)
    assert not re.search(r"url\((?!#)|https?://(?!www\.w3\.org)", svg.replace("https://www.textualize.io", ""))


def test_a_model_that_cannot_be_opened_ends_the_performance(tmp_path: Path) -> None:
    prepared = FakePrepared(QuickDebugger(), UserError("the weights are unusable"))
    prepared.gate.set()
    file = Cast(str(tmp_path / "lesson.cast"))
    script_run = ScriptPlayer(parse("press right\n", "lesson.keys"), file)
    app = make_app(cast(Prepared, prepared), None, script_run.driver)
    script_run.run(app)
    file.close()
    assert str(app.failure) == "the weights are unusable"
    assert not (tmp_path / "lesson.cast").exists()
