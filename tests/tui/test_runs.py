"""Stops on the screen: set in a dialog, run to and back, cancelled, returned from."""

from __future__ import annotations

import pytest
from textual.pilot import Pilot
from textual.widgets import Input, OptionList, Static

from lstm_tui.core.errors import NO_STOP, WEIGHTS_KEPT
from lstm_tui.debugger.stops import Stop
from lstm_tui.tui.controllers.navigation import NO_JUMP
from lstm_tui.tui.dialogs.stops import EditStops
from tests.tui.fake import FakeDebugger
from tests.tui.pilots import over, trained

TEXT = "hello world " * 10


def debugger(*stops: str, wait: bool = False) -> FakeDebugger:
    made = FakeDebugger(TEXT)
    made.stops.listed = tuple(map(Stop, stops))
    made.stops.wait = wait
    return made


async def typed(pilot: Pilot[None], text: str) -> None:
    await pilot.press(*("space" if ch == " " else ch for ch in text))


async def ended(pilot: Pilot[None]) -> None:
    """Until no run is under way and its end is on the screen."""
    await pilot.app.workers.wait_for_complete([w for w in pilot.app.workers if w.group == "run"])
    await pilot.pause()


class TestRuns:
    async def test_the_stop_that_held_is_said(self) -> None:
        async with over(debugger("f[0] < 0.1")) as (pilot, screen):
            await pilot.press("c")
            assert screen.frame.position == 10
            assert screen.message == "stop 1: f[0] = 0.0123"
            await pilot.press("c", "C")
            assert screen.frame.position == 10

    async def test_without_stops_it_says_what_sets_one(self) -> None:
        async with over(debugger()) as (pilot, screen):
            await pilot.press("right", "c")
            assert screen.frame.position == 1
            assert screen.message == NO_STOP

    async def test_a_long_one_goes_on_aside_and_arrives(self) -> None:
        made = debugger("f[0] < 0.1", wait=True)
        async with over(made) as (pilot, screen):
            await pilot.press("c")
            assert "escape cancels" in screen.message
            await pilot.press("right")
            assert screen.frame.position == 1
            assert "escape cancels" in screen.message
            made.stops.runs[0].finish.set()
            await ended(pilot)
            assert screen.frame.position == 10
            assert screen.message == "stop 1: f[0] = 0.0123"

    @pytest.mark.parametrize("keys", [("c",), ("end",), ("g", "1", "0", "0", "enter")])
    async def test_escape_cancels_and_stays(self, keys: tuple[str, ...]) -> None:
        made = debugger("f[0] < 0.1", wait=True)
        async with over(made) as (pilot, screen):
            await pilot.press("right", *keys)
            assert screen.workspace.jobs.run is not None
            await pilot.press("c", "backspace")
            assert "escape cancels" in screen.message  # the refusal's or, if it came later, the progress report's
            assert len(made.stops.runs) == 1
            await pilot.press("escape")
            assert screen.message == "cancelled at step 1 (t = 0): still at step 1 (t = 0)"
            await ended(pilot)
            assert screen.frame.position == 1
            assert made.stops.runs[0].outcome == "cancelled"

    async def test_leaving_ends_its_thread(self) -> None:
        made = debugger("f[0] < 0.1", wait=True)
        async with over(made) as (pilot, _):
            await pilot.press("c", "q")
        assert made.stops.runs[0].outcome == "cancelled"


class TestChanges:
    """Far into a long text a change reads it again, aside: the old numbers stand until the new ones are there."""

    async def test_trained_weights_are_taken_over_aside(self) -> None:
        made = debugger(wait=True)
        async with over(made) as (pilot, screen):
            await pilot.press("right", "t", "enter")
            made.trainings[-1].finish.set()
            await trained(pilot)
            assert screen.message.startswith("reading again")
            assert "escape cancels" in screen.message
            assert not made.about.unsaved
            await pilot.press("right")
            assert screen.frame.position == 2
            made.stops.runs[-1].finish.set()
            await ended(pilot)
            assert made.about.unsaved
            assert screen.frame.position == 2
            assert screen.message == "trained 2 epochs"

    @pytest.mark.parametrize("key", ["t", "x", "z", "r", "u", "ctrl+r", "i", "e", "o", "c", "backspace"])
    async def test_nothing_else_is_changed_meanwhile(self, key: str) -> None:
        made = debugger("f[0] < 0.1", wait=True)
        made.undoable = "zero"
        async with over(made) as (pilot, screen):
            await pilot.press("right", "u")
            before = (made.text, made.about, made.position, len(made.stops.runs))
            await pilot.press(key)
            assert "escape cancels" in screen.message
            assert pilot.app.screen is screen
            assert (made.text, made.about, made.position, len(made.stops.runs)) == before
            assert not made.zeroed
            made.stops.runs[-1].finish.set()
            await ended(pilot)
            assert screen.message == "undone: zero"
            assert made.zeroed

    async def test_escape_keeps_what_was_there(self) -> None:
        made = debugger(wait=True)
        async with over(made) as (pilot, screen):
            await pilot.press("t", "enter")
            made.trainings[-1].finish.set()
            await trained(pilot)
            await pilot.press("escape")
            assert screen.message == f"cancelled at step 0: {WEIGHTS_KEPT}"
            await ended(pilot)
            assert not made.about.unsaved

    async def test_there_may_be_nothing_to_undo(self) -> None:
        async with over(debugger()) as (pilot, screen):
            await pilot.press("u")
            assert screen.message == "nothing to undo"
            await pilot.press("ctrl+r")
            assert screen.message == "nothing to redo"

    async def test_what_was_undone_is_done_again(self) -> None:
        made = debugger()
        async with over(made) as (pilot, screen):
            await pilot.press("right", "z", "u")
            await ended(pilot)
            assert (screen.message, made.zeroed) == ("undone: zero", False)
            await pilot.press("ctrl+r")
            await ended(pilot)
            assert (screen.message, made.zeroed) == ("redone: zero", True)


class TestJumps:
    async def test_backspace_returns_through_all_of_them(self) -> None:
        async with over(debugger("f[0] < 0.1")) as (pilot, screen):
            await pilot.press("right", "c", "right", "end", "home")
            visited = []
            for _ in range(4):
                visited.append(screen.frame.position)
                await pilot.press("backspace")
            assert visited == [0, len(TEXT), 11, 1]
            assert screen.message == NO_JUMP

    async def test_steps_are_no_jumps(self) -> None:
        async with over(debugger()) as (pilot, screen):
            await pilot.press("right", "right", "left", "backspace")
            assert screen.frame.position == 1


class TestFinding:
    async def test_text_is_gone_to(self) -> None:
        async with over(debugger()) as (pilot, screen):
            await pilot.press("/")
            await typed(pilot, "world")
            await pilot.press("enter")
            assert screen.frame.position == 7
            assert screen.message == "found 'world'"

    async def test_what_does_not_stand_there_moves_nothing(self) -> None:
        async with over(debugger()) as (pilot, screen):
            await pilot.press("right", "/", "z", "enter")
            assert screen.frame.position == 1
            assert "'z' is not found after step 1 (t = 0)" in screen.message

    async def test_nothing_typed_forgets_it(self) -> None:
        made = debugger()
        async with over(made) as (pilot, _):
            await pilot.press("/", "w", "enter", "/")
            assert pilot.app.screen.query_one(Input).value == "w"
            await pilot.press("delete", "enter")
            assert made.stops.search_text == ""


def dialog(pilot: Pilot[None]) -> EditStops:
    assert isinstance(pilot.app.screen, EditStops)
    return pilot.app.screen


class TestDialog:
    async def test_the_selected_value_is_suggested(self) -> None:
        made = debugger()
        async with over(made) as (pilot, screen):
            await pilot.press("right", "down", "2", "b", "enter")
            assert made.stops.listed == (Stop("i[1] < 0.1"),)
            assert screen.message == "1 stop on: c runs to the next one, C back to the previous one"

    async def test_a_mistake_is_pointed_at(self) -> None:
        made = debugger()
        async with over(made) as (pilot, _):
            await pilot.press("b")
            await typed(pilot, "so wrong")
            await pilot.press("enter")
            words = str(dialog(pilot).query_one("#wrong", Static).render())
            caret, words = words.split("\n")
            assert caret == "    ^"
            assert words == "column 4: it is wrong"
            assert dialog(pilot).query_one(Input).cursor_position == 3
            assert made.stops.listed == ()

    async def test_stops_are_switched_changed_and_taken_out(self) -> None:
        made = debugger("c[0] > 1", "c[1] > 1", "c[2] > 1")
        async with over(made) as (pilot, screen):
            await pilot.press("b", "up", "space", "up", "delete", "up", "enter")
            assert dialog(pilot).query_one(Input).value == "c[0] > 1"
            await pilot.press("backspace", "2", "enter")
            assert made.stops.listed == (Stop("c[0] > 2"), Stop("c[2] > 1", on=False))
            assert screen.message.startswith("1 stop on")

    async def test_escape_keeps_what_the_list_says(self) -> None:
        made = debugger("c[0] > 1")
        async with over(made) as (pilot, screen):
            await pilot.press("b", "up", "space", "escape")
            assert made.stops.listed == (Stop("c[0] > 1", on=False),)
            assert screen.message == "no stops are on"

    async def test_the_last_one_taken_out_leaves_the_field(self) -> None:
        made = debugger("c[0] > 1")
        async with over(made) as (pilot, _):
            await pilot.press("b", "up", "delete")
            assert not dialog(pilot).query_one(OptionList).display
            assert dialog(pilot).focused is dialog(pilot).query_one(Input)
            await pilot.press("escape")
            assert made.stops.listed == ()

    async def test_a_stop_that_cannot_be_used_stays_off(self) -> None:
        made = debugger()
        made.stops.listed = (Stop("wrong", on=False),)
        async with over(made) as (pilot, _):
            await pilot.press("b", "up", "space", "escape")
            assert made.stops.listed == (Stop("wrong", on=False),)

    async def test_the_same_condition_is_not_listed_twice(self) -> None:
        made = debugger("f[0] < 0.1")
        async with over(made) as (pilot, _):
            await pilot.press("b")
            assert dialog(pilot).focused is dialog(pilot).query_one(Input)
            await pilot.press("enter")
            assert made.stops.listed == (Stop("f[0] < 0.1"),)
