"""The screen over a debugger without a model: keys in, what is shown out."""

from __future__ import annotations

import pytest
from textual.events import Paste

from lstm_tui.core.errors import UserError
from lstm_tui.tui.view import DebuggerView
from lstm_tui.tui.widgets import LossCurve, QuantityPanel
from lstm_tui.tui.widgets.notice import MoreRoom, Notice
from tests.tui.fake import FakeDebugger, FakePrepared
from tests.tui.pilots import app_over, opened, over, screen_of, trained


class TestStartUp:
    async def test_keys_typed_while_loading_are_obeyed_in_order(self) -> None:
        prepared = FakePrepared()
        async with app_over(prepared).run_test(size=(80, 24)) as pilot:
            await pilot.press("right", "g", "4", "enter", "left", "x")
            assert prepared.debugger.position == 0
            prepared.gate.set()
            await opened(pilot)
            assert prepared.debugger.position == 3
            assert prepared.debugger.about.cell == "fused"

    async def test_a_paste_while_loading_is_kept_among_the_keys(self) -> None:
        prepared = FakePrepared()
        async with app_over(prepared).run_test(size=(80, 24)) as pilot:
            await pilot.press("e", "h")
            pilot.app.post_message(Paste("ole"))
            await pilot.press("enter", "right")
            prepared.gate.set()
            await opened(pilot)
            assert (prepared.debugger.text, prepared.debugger.position) == ("hole", 1)

    async def test_a_model_that_cannot_be_opened_ends_the_program_with_its_sentence(self) -> None:
        prepared = FakePrepared(failure=UserError("the weights disagree"))
        prepared.gate.set()
        app = app_over(prepared)
        async with app.run_test() as pilot:
            await app.workers.wait_for_complete()
            await pilot.pause()
        assert app.return_code == 2
        assert str(app.failure) == "the weights disagree"

    async def test_notes_are_said_on_opening(self) -> None:
        debugger = FakeDebugger()
        object.__setattr__(debugger.about, "notes", ("a byte order mark was removed",))
        async with over(debugger) as (_, screen):
            assert screen.message == "a byte order mark was removed"


class TestStepping:
    async def test_a_key_that_does_nothing_says_so_once(self) -> None:
        async with over(FakeDebugger()) as (pilot, screen):
            await pilot.press("é")
            assert screen.message == "'é' is not a key: ? shows all keys"
            await pilot.press("right", "é")
            assert screen.message == ""
            await pilot.press("ctrl+c", "f9")
            assert screen.message == "'f9' is not a key: ? shows all keys"

    async def test_forwards_back_and_the_ends(self) -> None:
        debugger = FakeDebugger()
        async with over(debugger) as (pilot, screen):
            await pilot.press("right", "n", "l", "space", "left")
            assert debugger.position == 3
            await pilot.press("end")
            assert screen.message.startswith("end of text (r: restart, e: new text, o: open model)")
            await pilot.press("home")
            assert debugger.position == 0
            assert screen.message == "press → and the network reads 'h'"

    async def test_hello_points_to_brackets_at_its_end(self) -> None:
        async with over(FakeDebugger(name="hello")) as (pilot, screen):
            await pilot.press("end")
            assert "brackets" in screen.message

    async def test_units_and_layers_stay_where_they_exist(self) -> None:
        async with over(FakeDebugger(units=12)) as (pilot, screen):
            await pilot.press("k", "J", "J")
            assert screen.selection.unit == 11
            await pilot.press("tab")
            assert screen.selection.layer == 1
            await pilot.press("right_square_bracket")
            assert screen.selection.layer == 0

    async def test_zoom_shows_one_panel_and_escape_brings_all_back(self) -> None:
        async with over(FakeDebugger()) as (pilot, screen):
            await pilot.press("5")
            await pilot.pause()
            assert [panel.quantity.name for panel in screen.query(QuantityPanel) if panel.size.width] == ["c"]
            await pilot.press("escape")
            await pilot.pause()
            assert all(panel.size.width for panel in screen.query(QuantityPanel))

    async def test_next_cell_says_that_the_numbers_are_the_same(self) -> None:
        async with over(FakeDebugger()) as (pilot, screen):
            await pilot.press("x")
            assert "same numbers, largest difference 1e-07" in screen.message

    async def test_autoplay_steps_and_ends_at_the_end(self) -> None:
        debugger = FakeDebugger()
        async with over(debugger) as (pilot, screen):
            await pilot.press("a")
            assert screen.autoplay.playing
            for _ in range(debugger.length):
                screen.autoplay.tick()
                await pilot.pause()
            assert not screen.autoplay.playing
            assert debugger.position == debugger.length

    async def test_space_pauses_autoplay_without_a_step(self) -> None:
        debugger = FakeDebugger()
        async with over(debugger) as (pilot, screen):
            await pilot.press("minus", "minus", "a", "space")
            assert not screen.autoplay.playing
            assert debugger.position == 0

    async def test_a_frame_not_yet_painted_makes_autoplay_skip(self) -> None:
        debugger = FakeDebugger()
        async with over(debugger) as (_, screen):
            screen.autoplay.tick()
            screen.autoplay.tick()
            assert debugger.position == 1


class TestTraining:
    async def test_the_curve_stays_until_a_key(self) -> None:
        debugger = FakeDebugger()
        async with over(debugger) as (pilot, screen):
            await pilot.press("t", "enter")
            debugger.trainings[-1].finish.set()
            await trained(pilot)
            assert [epoch.loss for epoch in screen.query_one(LossCurve).figures] == [1.2, 0.4]
            assert screen.query_one(LossCurve).size.height > 3
            assert screen.message == "trained 2 epochs"
            await pilot.press("right")
            await pilot.pause()
            assert not screen.query_one(LossCurve).size.height
            assert debugger.position == 1

    async def test_escape_cancels_and_nothing_is_lost(self) -> None:
        debugger = FakeDebugger()
        async with over(debugger) as (pilot, screen):
            await pilot.press("t", "enter", "right")
            assert debugger.position == 1  # it can be stepped while it trains
            await pilot.press("x")
            assert debugger.about.cell == "by-hand"  # but not changed
            await pilot.press("escape")
            await trained(pilot)
            assert not debugger.about.unsaved
            assert "from before" in screen.message

    async def test_quitting_asks_only_when_something_is_unsaved(self) -> None:
        debugger = FakeDebugger()
        async with over(debugger) as (pilot, screen):
            await pilot.press("t", "enter")
            debugger.trainings[-1].finish.set()
            await trained(pilot)
            await pilot.press("q", "escape")
            assert pilot.app.screen is screen
            await pilot.press("q", "y")
        assert pilot.app.return_code == 0


class TestRoom:
    async def test_too_small_asks_for_more_and_comes_back(self) -> None:
        async with over(FakeDebugger()) as (pilot, screen):
            await pilot.resize_terminal(59, 24)
            await pilot.pause()
            assert screen.query_one(MoreRoom).size.width == 59
            assert not any(panel.size.width for panel in screen.query(QuantityPanel))
            await pilot.resize_terminal(60, 16)
            await pilot.pause()
            assert not screen.query_one(MoreRoom).size.width
            assert all(panel.size.width for panel in screen.query(QuantityPanel))

    @pytest.mark.parametrize("size", [(60, 16), (80, 24), (100, 31), (120, 40), (200, 60)])
    async def test_nothing_moves_while_stepping(self, size: tuple[int, int]) -> None:
        async with over(FakeDebugger(), size) as (pilot, screen):
            places = [widget.region for widget in screen.children]
            await pilot.press("right", "end")
            await pilot.pause()
            assert [widget.region for widget in screen.children] == places
            assert len({panel.size.height for panel in screen.query(QuantityPanel)}) == 1

    async def test_a_long_sentence_is_folded_over_the_panels(self) -> None:
        async with over(FakeDebugger()) as (pilot, screen):
            screen.show_message("a sentence that goes on " * 6)
            await pilot.pause()
            assert screen.query_one(Notice).size.height == 2
            await pilot.press("right")
            await pilot.pause()
            assert not screen.query_one(Notice).display

    @pytest.mark.parametrize("size", [(60, 16), (80, 24), (80, 30), (100, 30), (120, 40), (200, 60)])
    async def test_no_sentence_takes_the_place_of_the_step(self, size: tuple[int, int]) -> None:
        async with over(FakeDebugger(), size) as (pilot, screen):
            await pilot.press("right")
            await pilot.pause()
            step = f"step {screen.frame.position}/"
            for length in (1, size[0] - 20, size[0] - 14, size[0] - 10, size[0] - 2, size[0], size[0] + 30):
                sentence = ("a sentence that goes on " * 20)[:length].strip() + "."
                screen.show_message(sentence)
                await pilot.pause()
                shown = "\n".join("".join(s.text for s in strip) for strip in screen._compositor.render_strips())
                assert step in shown, (length, shown)
                assert sentence[-6:].split()[-1] in shown, length

    async def test_the_view_is_bound_to_the_step(self) -> None:
        async with over(FakeDebugger(), (120, 40)) as (pilot, screen):
            await pilot.press("right", "right")
            assert isinstance(screen, DebuggerView)
            assert screen.query(QuantityPanel).first().step is screen.frame.step
            assert len(screen.frame.equations) == 2
            assert screen_of(pilot).frame.curve.values
