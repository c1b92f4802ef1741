"""What goes wrong with a sentence is said on the screen, whatever was done; what goes wrong without one is shown."""

from __future__ import annotations

from itertools import cycle
from typing import Any

import pytest
from textual.pilot import Pilot
from textual.widgets import Static

from lstm_tui.core.errors import RunFailed, UserError
from lstm_tui.core.options import ModelOptions
from lstm_tui.debugger.prepare import prepare
from lstm_tui.tui.keys import KEYS
from lstm_tui.tui.screen import DebuggerScreen
from lstm_tui.tui.widgets import QuantityPanel, TextRow
from lstm_tui.tui.widgets.footer import KeyFooter, entries
from tests.tui.fake import FakeDebugger
from tests.tui.pilots import over
from tests.tui.staged import Staged, on_stage

NO = "not today"


class Refusing(FakeDebugger):
    """From some time on every question it is asked is answered with an exception."""

    refusal: Exception | None = None
    into = into_back = FakeDebugger.forward

    def __getattribute__(self, name: str) -> Any:
        found = super().__getattribute__(name)
        refusal = super().__getattribute__("refusal")
        if refusal is not None and callable(found) and not name.startswith("_"):
            raise refusal
        return found


async def press(pilot: Pilot[None], screen: DebuggerScreen) -> None:
    await pilot.press("right")


async def click_on_a_panel(pilot: Pilot[None], screen: DebuggerScreen) -> None:
    await pilot.click(QuantityPanel, offset=(4, 3))


async def click_on_the_text(pilot: Pilot[None], screen: DebuggerScreen) -> None:
    await pilot.click(TextRow, offset=(4, 0))


async def click_on_the_footer(pilot: Pilot[None], screen: DebuggerScreen) -> None:
    await pilot.click(KeyFooter, offset=(entries(120)[0].x, 0))


async def call_a_command(pilot: Pilot[None], screen: DebuggerScreen) -> None:
    await pilot.press(":", *"step 0", "enter")
    await pilot.app.workers.wait_for_complete()


async def let_it_play(pilot: Pilot[None], screen: DebuggerScreen) -> None:
    screen.autoplay.tick()


async def resize(pilot: Pilot[None], screen: DebuggerScreen) -> None:
    await pilot.resize_terminal(100, 30)


WAYS = (press, click_on_a_panel, click_on_the_text, click_on_the_footer, call_a_command, let_it_play, resize)


async def test_it_is_said_however_it_was_done_and_the_program_goes_on() -> None:
    debugger = Refusing()
    async with over(debugger, (120, 40)) as (pilot, screen):
        for way, error in zip(WAYS, cycle((UserError(NO), RunFailed(NO))), strict=False):
            await pilot.press("home", "right")
            screen.show_message("")
            debugger.refusal = error
            await way(pilot, screen)
            await pilot.pause()
            assert screen.message == NO, way.__name__
            debugger.refusal = None
        await pilot.press("right")
        assert screen.frame.position == 2


async def test_no_key_ends_the_program() -> None:
    debugger = Refusing()
    async with over(debugger, (120, 40)) as (pilot, screen):
        for key in KEYS:
            debugger.refusal = UserError(NO)
            if key.id not in ("app.quit", "app.suspend"):
                await pilot.press(key.keys.split(",")[0])
            debugger.refusal = None
            while pilot.app.screen is not screen:
                await pilot.press("escape")
        await pilot.press("home", "right")
        assert screen.frame.position == 1


async def test_what_is_wrong_with_an_answer_is_said_in_its_dialog_and_with_its_doing_on_the_screen() -> None:
    debugger = Refusing()
    async with over(debugger) as (pilot, screen):
        await pilot.press("t")
        debugger.refusal = UserError(NO)
        await pilot.press("enter")
        assert str(pilot.app.screen.query_one("#wrong", Static).render()) == NO
        await pilot.press("escape")
        debugger.refusal = None
        await pilot.press("e", "h", "i")
        debugger.refusal = UserError(NO)
        await pilot.press("enter")
        await pilot.pause()
        assert pilot.app.screen is screen
        assert screen.message == NO


@pytest.mark.parametrize("way", [press, click_on_a_panel, let_it_play])
async def test_a_mistake_of_ours_is_shown(way: Any) -> None:
    async def act() -> None:
        debugger = Refusing()
        async with over(debugger, (120, 40)) as (pilot, screen):
            debugger.refusal = ZeroDivisionError()
            await way(pilot, screen)

    with pytest.raises(ZeroDivisionError):
        await act()


def test_training_where_there_is_nothing_to_learn_is_refused_in_a_sentence() -> None:
    async def act(stage: Staged) -> None:
        await stage.press("right", "t")
        assert stage.alone
        assert "a text of one character has nothing to predict" in stage.screen.message
        for keys in (("e", "t", "t", "enter"), ("t",)):
            await stage.press(*keys)
        assert not stage.alone
        for keys in (("escape",), ("e", "t", "enter"), ("t",)):
            await stage.press(*keys)
        assert "a text of one character has nothing to predict" in stage.screen.message

    on_stage(prepare(ModelOptions(text="t", hidden=2)), act)
