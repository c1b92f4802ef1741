"""The questions: what they refuse, what they answer, and that going back changes nothing."""

from __future__ import annotations

import threading
from pathlib import Path

import pytest
from textual.events import Paste
from textual.pilot import Pilot
from textual.widgets import Input, OptionList, Static

from lstm_tui.core.errors import UserError
from lstm_tui.core.options import ModelOptions
from lstm_tui.debugger.stops import Stop
from lstm_tui.tui.controllers import files
from lstm_tui.tui.dialogs import AskModel, AskText, AskTraining, Confirm
from lstm_tui.tui.help import Help
from tests.tui.fake import FakeDebugger, FakePrepared
from tests.tui.pilots import over, trained


class TestGoTo:
    async def test_a_wrong_place_keeps_the_dialog_open_and_says_why(self) -> None:
        debugger = FakeDebugger()
        async with over(debugger) as (pilot, screen):
            await pilot.press("g", "z", "enter")
            assert isinstance(pilot.app.screen, AskText)
            assert "is not a place" in str(pilot.app.screen.query_one("#wrong", Static).content)
            await pilot.press("backspace", "3", "enter")
            await pilot.pause()
            assert pilot.app.screen is screen
            assert debugger.position == 3


async def test_a_place_where_nothing_can_be_written_keeps_the_dialog_open_and_says_why(tmp_path: Path) -> None:
    async with over(FakeDebugger()) as (pilot, _):
        for name, why in (("none/a.csv", "there is no folder"), (".svg", "must end in one of")):
            await pilot.press("w")
            pilot.app.screen.query_one(Input).value = str(tmp_path / name)
            await pilot.press("enter")
            assert why in str(pilot.app.screen.query_one("#wrong", Static).content)
            await pilot.press("escape")
    assert list(tmp_path.iterdir()) == []


async def test_a_value_is_held_from_the_present_step_on_and_let_go_from_the_list() -> None:
    debugger = FakeDebugger()
    async with over(debugger) as (pilot, screen):
        await pilot.press("right", "right", "down", "tab", "1", "f")
        fields = [field.value for field in pilot.app.screen.query(Input)]
        assert fields == ["l1.f[1]", f"{debugger.step.layers[1].values['f'][1]:.4g}", "1", ""]
        await pilot.press("0", ".", "5", "tab", "tab", *"12", "enter")
        await pilot.app.workers.wait_for_complete()
        await pilot.pause()
        assert pilot.app.screen is screen
        assert debugger.interventions == ("l1.f[1] = 0.5 from 1 to 12",)
        assert screen.frame.clamps == 1
        await pilot.press("F", "delete")
        await pilot.app.workers.wait_for_complete()
        await pilot.pause()
        assert (debugger.interventions, screen.frame.clamps) == ((), 0)
        await pilot.press("F")
        assert pilot.app.screen is screen


class TestText:
    async def test_known_characters_are_read_from_the_start(self) -> None:
        debugger = FakeDebugger()
        async with over(debugger) as (pilot, _):
            await pilot.press("right", "e", *"hole", "enter")
            await pilot.pause()
            assert (debugger.text, debugger.position) == ("hole", 0)

    async def test_it_begins_with_the_present_text_and_keeps_every_line_of_a_paste(self) -> None:
        debugger = FakeDebugger("ab\ncd\t")
        async with over(debugger) as (pilot, _):
            await pilot.press("e")
            field = pilot.app.screen.query_one(Input)
            assert shown_in(field) == "ab␊cd␉"
            await pilot.press("end", "ctrl+j", "a")
            pilot.app.screen.focused.post_message(Paste("b\r\nc\rd"))
            await pilot.pause()
            assert shown_in(field) == "ab␊cd␉␊ab␊c␊d"
            await pilot.press("enter")
            await pilot.pause()
            assert debugger.text == "ab\ncd\t\nab\nc\nd"
            await pilot.press("e", "x", "escape")
            await pilot.pause()
            assert debugger.text == "ab\ncd\t\nab\nc\nd"

    async def test_a_book_is_not_put_into_a_field(self) -> None:
        async with over(FakeDebugger("ab" * 1001)) as (pilot, _):
            await pilot.press("e")
            assert pilot.app.screen.query_one(Input).value == ""

    async def test_unknown_characters_offer_a_model_that_learns_them(self) -> None:
        debugger = FakeDebugger()
        async with over(debugger) as (pilot, _):
            await pilot.press("e", *"wow", "enter")
            await pilot.pause()
            assert isinstance(pilot.app.screen, Confirm)
            await pilot.press("enter")
            await pilot.pause()
            training = debugger.trainings[-1]
            assert (training.text, training.fresh) == ("wow", True)
            training.finish.set()
            await trained(pilot)
            assert debugger.text == "wow"

    async def test_going_back_keeps_what_was_typed(self) -> None:
        debugger = FakeDebugger()
        async with over(debugger) as (pilot, screen):
            await pilot.press("e", *"wow", "enter")
            await pilot.pause()
            await pilot.press("escape")
            await pilot.pause()
            assert isinstance(pilot.app.screen, AskText)
            await pilot.press("escape")
            await pilot.pause()
            assert pilot.app.screen is screen
            assert debugger.text == "hello"


def shown_in(field: Input) -> str:
    """What stands in a field's row."""
    return "".join(segment.text for segment in field.render_line(0)).strip()


class TestTrain:
    async def test_bad_numbers_are_refused_in_the_dialog(self) -> None:
        debugger = FakeDebugger()
        async with over(debugger) as (pilot, _):
            await pilot.press("t", "tab", "0", "enter")
            await pilot.pause()
            assert isinstance(pilot.app.screen, AskTraining)
            assert "epochs cannot be less than 1 (got 0)" in str(pilot.app.screen.query_one("#wrong", Static).content)

    async def test_units_and_forget_bias_mean_fresh_weights(self) -> None:
        debugger = FakeDebugger()
        async with over(debugger) as (pilot, _):
            await pilot.press("t", "tab", "tab", "tab", "1", "6", "tab", "1", ".", "5")
            assert pilot.app.screen.query_one(OptionList).highlighted == 1
            await pilot.press("enter")
            await pilot.pause()
            training = debugger.trainings[-1]
            assert (training.fresh, training.shape) == (True, (16, 1.5))
            training.finish.set()
            await trained(pilot)


class TestOpen:
    async def test_a_file_that_is_not_there_is_one_sentence_and_loses_nothing(self) -> None:
        debugger = FakeDebugger()
        async with over(debugger) as (pilot, screen):
            await pilot.press("o", *"/no/where", "enter")
            await pilot.pause()
            assert isinstance(pilot.app.screen, AskModel)
            assert "/no/where" in str(pilot.app.screen.query_one("#wrong", Static).content)
            await pilot.press("escape")
            await pilot.pause()
            assert screen.debugger is debugger


class Slow:
    """Takes the place of reading a model's file: it takes as long as the test wants."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.gate = threading.Event()
        self.prepared = FakePrepared(FakeDebugger("other", name="other"))
        self.prepared.gate.set()
        self.failure: UserError | None = None
        monkeypatch.setattr(files, "prepare", self)

    def __call__(self, options: ModelOptions) -> FakePrepared:
        if not self.gate.wait(20):
            raise AssertionError("the test never let the file be read")
        if self.failure is not None:
            raise self.failure
        return self.prepared

    async def read(self, pilot: Pilot[None]) -> None:
        """Until it is read and what follows from that is on the screen."""
        self.gate.set()
        for group in ("check", "open"):
            await pilot.app.workers.wait_for_complete([w for w in pilot.app.workers if w.group == group])
            await pilot.pause()


class TestOpenSlowly:
    """Somebody else's file takes seconds to read: the screen goes on meanwhile."""

    async def test_it_is_read_aside_and_opened(self, monkeypatch: pytest.MonkeyPatch) -> None:
        slow = Slow(monkeypatch)
        async with over(FakeDebugger()) as (pilot, screen):
            await pilot.press("o", *"a.pt", "enter")
            assert words(pilot) == "reading a.pt …: escape goes back"
            await pilot.press("x", "enter", "down")
            assert words(pilot) == "reading a.pt …: escape goes back"
            assert pilot.app.screen.query_one(OptionList).highlighted == 0
            await slow.read(pilot)
            assert pilot.app.screen is screen
            assert screen.debugger is not None
            assert screen.debugger.about.name == "other"

    async def test_escape_goes_back_and_what_comes_later_opens_nothing(self, monkeypatch: pytest.MonkeyPatch) -> None:
        slow, debugger = Slow(monkeypatch), FakeDebugger()
        async with over(debugger) as (pilot, screen):
            await pilot.press("o", *"a.pt", "enter", "escape")
            await pilot.pause()
            assert pilot.app.screen is screen
            await pilot.press("right")
            assert debugger.position == 1
            slow.gate.set()
            await pilot.pause()
            assert screen.debugger is debugger

    async def test_a_file_that_cannot_be_used_is_said_and_another_can_be_typed(
        self, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        slow = Slow(monkeypatch)
        slow.failure = UserError("a.pt holds no recurrent network")
        async with over(FakeDebugger()) as (pilot, screen):
            await pilot.press("o", *"a.pt", "enter")
            await slow.read(pilot)
            assert words(pilot) == "a.pt holds no recurrent network"
            slow.failure = None
            await pilot.press("h", "enter")
            await slow.read(pilot)
            assert pilot.app.screen is screen
            assert screen.prepared is slow.prepared


def words(pilot: Pilot[None]) -> str:
    """What is wrong, or being done, in the dialog."""
    return str(pilot.app.screen.query_one("#wrong", Static).content)


class TestWrite:
    async def test_an_existing_file_is_replaced_only_after_a_yes(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.chdir(tmp_path)
        debugger = FakeDebugger()
        async with over(debugger) as (pilot, _):
            await pilot.press("w", "enter")
            await pilot.pause()
            assert debugger.written == [("made.safetensors", False)]
            (tmp_path / "made.safetensors").write_bytes(b"old")
            await pilot.press("w", "enter")
            await pilot.pause()
            assert isinstance(pilot.app.screen, Confirm)
            await pilot.press("n", "w", "enter")
            await pilot.pause()
            await pilot.press("y")
            await pilot.pause()
            assert debugger.written[1:] == [("made.safetensors", True)]

    async def test_a_picture_of_the_screen(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.chdir(tmp_path)
        async with over(FakeDebugger()) as (pilot, screen):
            screen.files._write("now.svg")
            await pilot.pause()
        assert "forget" in (tmp_path / "now.svg").read_text()

    async def test_an_unknown_ending_is_refused(self) -> None:
        async with over(FakeDebugger()) as (pilot, _):
            await pilot.press("w", "x", "enter")
            assert isinstance(pilot.app.screen, AskText)


class TestHelp:
    async def test_it_opens_and_closes_and_never_quits(self) -> None:
        async with over(FakeDebugger()) as (pilot, screen):
            await pilot.press("question_mark")
            assert isinstance(pilot.app.screen, Help)
            await pilot.press("escape")
            await pilot.pause()
            assert pilot.app.screen is screen
            await pilot.press("escape", "escape")
            assert pilot.app.screen is screen


def marked(pilot: Pilot[None]) -> list[str]:
    """The lines of the dialog's list that have the sign of the chosen one, without it."""
    options = pilot.app.screen.query_one(OptionList).options
    return [str(option.prompt)[2:] for option in options if str(option.prompt).startswith("▸ ")]


class TestChoices:
    """What is chosen can be read, also where there is no colour."""

    async def test_the_weights_to_train_from(self) -> None:
        debugger = FakeDebugger()
        async with over(debugger) as (pilot, _):
            await pilot.press("t")
            assert marked(pilot) == ["continue from the current weights"]
            await pilot.press("down", "tab")
            assert marked(pilot) == ["start from fresh weights (drawn from the seed)"]
            await pilot.press("enter")
            await pilot.pause()
            assert debugger.trainings[-1].fresh
            debugger.trainings[-1].finish.set()
            await trained(pilot)

    async def test_the_model_to_open(self) -> None:
        async with over(FakeDebugger()) as (pilot, _):
            await pilot.press("o", "down")
            assert [line.split()[0] for line in marked(pilot)] == ["brackets"]

    async def test_the_theme(self) -> None:
        async with over(FakeDebugger()) as (pilot, screen):
            await screen.action_do("theme.choose")
            await pilot.pause()
            assert marked(pilot) == ["dark"]
            await pilot.press("down")
            assert marked(pilot) == ["light"]

    async def test_the_stop_to_change(self) -> None:
        debugger = FakeDebugger()
        debugger.stops.listed = (Stop("c[0] > 1"), Stop("c[1] > 1", on=False))
        async with over(debugger) as (pilot, _):
            await pilot.press("b", "up")
            assert marked(pilot) == ["[ ] 2  c[1] > 1"]
            await pilot.press("delete")
            assert marked(pilot) == ["[x] 1  c[0] > 1"]
