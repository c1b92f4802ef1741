"""Nothing foreign reaches the terminal: any characters, in everything that is shown, come out harmless."""

from __future__ import annotations

import re
import xml.etree.ElementTree as ElementTree
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any, cast

from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from textual.events import Paste
from textual.pilot import Pilot
from textual.screen import Screen

from lstm_tui.cli import doctor
from lstm_tui.cli.inspect_report import inspection_lines
from lstm_tui.cli.output import print_message
from lstm_tui.conditions import ConditionError
from lstm_tui.core.errors import UserError
from lstm_tui.core.explanation import Explanation, Saturation
from lstm_tui.core.screen_options import ScreenOptions
from lstm_tui.core.step import About, Assigned, Equation, Source, Stage, Step, Term
from lstm_tui.debugger.file_report import ForeignFile, Inspection
from lstm_tui.debugger.prepared import Prepared
from lstm_tui.debugger.stops import Stop
from lstm_tui.screencast.markers import Markers
from lstm_tui.tui.app import LstmTui, make_app
from lstm_tui.tui.dialogs import AskModel, AskText, AskTraining, Confirm, Pick
from lstm_tui.tui.dialogs.base import Dialog
from lstm_tui.tui.dialogs.imagine import AskImagining
from lstm_tui.tui.dialogs.stops import EditStops
from lstm_tui.tui.help import Help
from lstm_tui.tui.palette import ActionPalette
from lstm_tui.tui.screen import DebuggerScreen
from lstm_tui.tui.system.line_filters import harmless, in_ascii
from lstm_tui.tui.system.svg import picture
from lstm_tui.tui.widgets.caption import CaptionBar
from tests.tui.captured import captured, foreign
from tests.tui.fake import FakeDebugger, FakePrepared
from tests.tui.pilots import opened

ATTACKS = (
    "\x1b]52;c;b3duZWQ=\x07", "\x1b[31mred\x1b[0m", "\x9b31m", "\x07\x08\r", "\u202eevil\u2066", "[red]x[/red]",
    "\x1bP+q544e\x1b\\", "e\u0301\u0302", "\u200b\u200d\ufe0f", "\ud800", "𝕏\U000e0001", "\u0085\u2028", "a\x00b",
)  # fmt: skip
ANY = st.text(st.characters(codec=None), min_size=1, max_size=12)


class Talkative(FakeDebugger):
    """A model that says what it was given wherever a model can say something."""

    words, walked = "", False

    @property
    def step(self) -> Step:
        made = {0: (Assigned(self.words, None, (0.5,), 1), Assigned(self.words, "f", (0.5, 0.25), 9))}
        source = Source(self.words, ((7, self.words), (None, self.words)))
        stage = Stage(1, 2, 0, self.words, source, 0, 1, made, self.words, self.words if self.position == 1 else None)
        return replace(super().step, problem=self.words, stage=stage if self.walked else None)

    def equations(self, layer: int, unit: int, position: int | None = None) -> tuple[Equation, ...]:
        return (Equation("f", self.words, 0.5, (Term(self.words, 0.25), Term(self.words, 0.25))),)

    def explain(self, layer: int, unit: int) -> Explanation:
        return replace(super().explain(layer, unit), saturation=(Saturation(self.words, 0.25, 0.5),))

    def read_out(self, text: str) -> None:
        """Whatever is shown from here on is `text`."""
        self.words, self.text, self.walked = text, text, False
        self.vocabulary = type(self.vocabulary)(sorted(set(text)))
        self.about = About(text, text, self.vocabulary.symbols, (8, 8), 3, 0.5, path=text, notes=(text,))
        self.to(2)


class TestNothingForeign:
    async def test_any_text_in_every_panel_dialog_title_and_error_comes_out_harmless(self) -> None:
        debugger = FakeDebugger("ab")
        prepared = FakePrepared(debugger)
        prepared.gate.set()
        app = make_app(cast(Prepared, prepared), ScreenOptions(color="truecolor"))
        async with captured(app) as (pilot, written):
            await opened(pilot)
            screen = app.debugger_screen
            assert screen is not None
            for text in (*map("".join, batched(ATTACKS, 4)), *drawn(5)):
                written.clear()
                await show_everywhere(pilot, screen, debugger, text)
                out = "".join(written)
                assert len(out) > 4000
                assert foreign(out) == [], repr(text)
                ElementTree.fromstring(picture(app))

    async def test_nor_does_what_is_seen_only_when_it_is_asked_for(self) -> None:
        debugger = Talkative("ab")
        hostile = "".join(ATTACKS)
        prepared = FakePrepared(debugger, name=hostile, text=hostile, cell=hostile)
        prepared.gate.set()
        async with captured(make_app(cast(Prepared, prepared), ScreenOptions(color="256", show_keys=True))) as shown:
            pilot, written = shown
            await opened(pilot)
            assert foreign("".join(written)) == []  # while it was loading
            for text in (hostile, *drawn(1)):
                written.clear()
                debugger.read_out(text + "ab")
                await look_everywhere(pilot, debugger, text)
                assert foreign("".join(written)) == [], repr(text)


def batched(texts: Sequence[str], size: int) -> list[Sequence[str]]:
    return [texts[at : at + size] for at in range(0, len(texts), size)]


def drawn(count: int) -> list[str]:
    """Texts from all over Unicode, the same in every run."""
    found: list[str] = []

    @settings(max_examples=count, derandomize=True, database=None, suppress_health_check=list(HealthCheck))
    @given(ANY)
    def collect(text: str) -> None:
        found.append(text)

    collect()
    return found


def refusing(text: str) -> Callable[[object], object]:
    """A check that has `text` against everything."""

    def check(_: object) -> object:
        raise UserError(text)

    return check


async def show_everywhere(pilot: Pilot[Any], screen: DebuggerScreen, debugger: FakeDebugger, text: str) -> None:
    symbols = tuple(sorted(set(text)))
    debugger.about = About(text, text, symbols, (8, 8), 3, 0.5, path=text)
    debugger.text, debugger.vocabulary = text, type(debugger.vocabulary)(symbols)
    debugger.to(min(1, debugger.length))
    screen.workspace.refresh(text)
    await pilot.pause()
    screen.query_one(CaptionBar).text = text
    screen.show_message(text * 40)
    dialogs: tuple[Callable[[], Any], ...] = (
        lambda: AskText(text, text, text, refusing(text)),
        lambda: Confirm(text, text, text, text),
        lambda: Pick(text, (text,), text),
        lambda: AskModel(((text, text),), refusing(text)),
    )
    for make in dialogs:
        dialog = make()
        pilot.app.push_screen(dialog)
        await pilot.pause()
        dialog.show_error(text)
        if dialog.focused is not None:
            dialog.focused.post_message(Paste(text))
        await pilot.pause()
        dialog.dismiss(None)
    pilot.app.notify(text, title=text, markup=False)
    await pilot.pause()
    pilot.app.clear_notifications()


async def look_everywhere(pilot: Pilot[Any], debugger: Talkative, text: str) -> None:
    """Explained, over time, walked through, while keys are shown, and in the dialogs that only some keys open."""
    screen = cast(LstmTui, pilot.app).debugger_screen
    assert screen is not None
    for key in ("enter", "right", "escape", "v", "v", "v", "v"):
        await pilot.press(key)
    for position in (1, 2):
        debugger.walked = True
        debugger.to(position)
        screen.workspace.refresh()
        await pilot.pause()
        assert "-walking" in screen.classes
    debugger.walked = False
    screen.workspace.refresh()
    for character in text:
        screen.presentation.show_key(character)
    wrong = ConditionError(text, "wrong", 1)
    dialogs: tuple[Callable[[], Screen[Any]], ...] = (
        lambda: EditStops((Stop(text), Stop(text, on=False)), text, lambda _: wrong),
        lambda: AskTraining(3, 0.1, 8, refusing(text)),
        lambda: AskImagining(1.0, 40, refusing(text)),
        ActionPalette,
        lambda: Help(lambda _: ""),
    )
    for make in dialogs:
        dialog = make()
        await pilot.app.push_screen(dialog)
        if dialog.focused is not None:
            dialog.focused.post_message(Paste(text))
        await pilot.pause()
        if isinstance(dialog, Dialog):
            await pilot.press("enter")
            assert dialog.is_current
            assert dialog.query_one("#wrong").display
        dialog.dismiss(None)
        await pilot.pause()


@given(ANY)
@example("\x1b[2J")
def test_the_last_net_keeps_the_width_and_lets_nothing_through(text: str) -> None:
    from rich.cells import cell_len

    mended = harmless(text)
    assert foreign(mended) == []
    assert harmless(mended) == mended
    plain = [character for character in text if character.isascii() and character.isprintable()]
    assert [c for c in mended if c in plain and c != "?"] == [c for c in plain if c != "?"]
    assert cell_len(in_ascii("█│▲→╭…")) == 6
    assert in_ascii("█│▲→╭…").isascii()


@given(ANY)
def test_a_sentence_on_standard_error_is_one_harmless_line(text: str) -> None:
    import contextlib
    import io

    heard = io.StringIO()
    with contextlib.redirect_stderr(heard):
        print_message(str(UserError(text)))
    assert heard.getvalue().count("\n") == 1
    assert foreign(heard.getvalue()) == []
    assert not re.search(r"[\x00-\x09\x0b-\x1f]", heard.getvalue())


@given(ANY)
def test_reports_and_chapters_hold_no_control_character(text: str) -> None:
    about = About(text, text, (text,), (3,), 1, 0.5, path=text)
    foreign_file = ForeignFile(text, text, text, True, (text,), (text,), (text,), text)
    found = Inspection(about, ((text, (1,), text),), "00", {text: text}, text, 1, 9)
    words = [*inspection_lines(found), *inspection_lines(replace(found, foreign_file=foreign_file))]
    words += doctor.lines(dict.fromkeys(doctor.VARIABLES, text))
    markers = Markers(steps=True)
    markers.step(Step(1, 1, text, None, (), None))
    assert foreign("\n".join([*words, *markers.due()])) == []


@given(st.lists(ANY, min_size=1, max_size=4, unique=True))
def test_written_steps_hold_no_control_character(symbols: list[str]) -> None:
    from lstm_tui.tracing.formats import csv_lines, jsonl
    from lstm_tui.tracing.table import table

    debugger = FakeDebugger("".join(symbols), units=2, layers=1)
    steps = [debugger.to(position) for position in range(1, min(debugger.length, 3) + 1)]
    about = debugger.about
    for lines in (
        jsonl(about, 3, iter(steps), "1"),
        csv_lines(about, iter(steps)),
        table(about, 3, iter(steps), 80, None),
    ):
        assert foreign("".join(lines)) == []
