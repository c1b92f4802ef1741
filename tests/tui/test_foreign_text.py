"""Nothing foreign reaches the terminal: any characters, in everything that is shown, come out harmless."""

from __future__ import annotations

import re
import xml.etree.ElementTree as ElementTree
from collections.abc import Callable, Sequence
from typing import Any, cast

from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from textual.events import Paste
from textual.pilot import Pilot

from lstm_tui.debugger import Prepared
from lstm_tui.errors import UserError
from lstm_tui.output import say
from lstm_tui.step import About
from lstm_tui.tui.app import make_app
from lstm_tui.tui.caption import CaptionBar
from lstm_tui.tui.dialogs import AskModel, AskText, Confirm, Pick
from lstm_tui.tui.limits import harmless, in_ascii
from lstm_tui.tui.picture import picture
from lstm_tui.tui.screen import DebuggerScreen
from lstm_tui.tui.screen_options import ScreenOptions
from tests.tui.captured import captured, foreign
from tests.tui.fake import FakeDebugger, FakePrepared
from tests.tui.pilots import opened

ATTACKS = (
    "\x1b]52;c;b3duZWQ=\x07", "\x1b[31mred\x1b[0m", "\x9b31m", "\x07\x08\r", "\u202eevil\u2066", "[red]x[/red]",
    "\x1bP+q544e\x1b\\", "e\u0301\u0302", "\u200b\u200d\ufe0f", "\ud800", "𝕏\U000e0001", "\u0085\u2028", "a\x00b",
)  # fmt: skip
ANY = st.text(st.characters(codec=None), min_size=1, max_size=12)


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


async def show_everywhere(pilot: Pilot[Any], screen: DebuggerScreen, debugger: FakeDebugger, text: str) -> None:
    symbols = tuple(sorted(set(text)))
    debugger.about = About(text, text, symbols, (8, 8), 3, 0.5, path=text)
    debugger.text, debugger.vocabulary = text, type(debugger.vocabulary)(symbols)
    debugger.to(min(1, debugger.length))
    screen.present(text)
    await pilot.pause()
    screen.query_one(CaptionBar).text = text
    screen.say(text * 40)
    dialogs: tuple[Callable[[], Any], ...] = (
        lambda: AskText(text, text, text, lambda typed: text),
        lambda: Confirm(text, text, text, text),
        lambda: Pick(text, (text,), text),
        lambda: AskModel(((text, text),), lambda name: text),
    )
    for make in dialogs:
        dialog = make()
        pilot.app.push_screen(dialog)
        await pilot.pause()
        dialog.complain(text)
        if dialog.focused is not None:
            dialog.focused.post_message(Paste(text))
        await pilot.pause()
        dialog.dismiss(None)
    pilot.app.notify(text, title=text, markup=False)
    await pilot.pause()
    pilot.app.clear_notifications()


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
        say(str(UserError(text)))
    assert heard.getvalue().count("\n") == 1
    assert foreign(heard.getvalue()) == []
    assert not re.search(r"[\x00-\x09\x0b-\x1f]", heard.getvalue())


@given(st.lists(ANY, min_size=1, max_size=4, unique=True))
def test_written_steps_hold_no_control_character(symbols: list[str]) -> None:
    from lstm_tui.tracing.formats import csv_lines, jsonl
    from lstm_tui.tracing.table import table

    debugger = FakeDebugger("".join(symbols), units=2, layers=1)
    steps = [debugger.to(position) for position in range(1, min(debugger.length, 3) + 1)]
    about = debugger.about
    for lines in (jsonl(about, 3, iter(steps), "1"), csv_lines(iter(steps)), table(about, 3, iter(steps), 80, None)):
        assert foreign("".join(lines)) == []
