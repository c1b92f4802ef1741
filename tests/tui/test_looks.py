"""Explaining, the views, the mover and imagining, over a debugger without a model."""

from __future__ import annotations

import pytest

from lstm_tui.tui.paint.over_time import OverTimeData
from lstm_tui.tui.screen import DebuggerScreen
from lstm_tui.tui.widgets import QuantityPanel
from lstm_tui.tui.widgets.explained import Explained
from lstm_tui.tui.widgets.over_time import OverTime
from tests.tui.fake import FakeDebugger
from tests.tui.pilots import over


def shown(screen: DebuggerScreen, kind: type[QuantityPanel] | type[Explained] | type[OverTime]) -> bool:
    return any(widget.size.height and widget.is_on_screen for widget in screen.query(kind))


def picture(screen: DebuggerScreen) -> OverTimeData:
    data = screen.query_one(OverTime).data
    assert data is not None
    return data


class TestExplain:
    @pytest.mark.parametrize(("size", "panels_stay"), [((80, 24), False), ((120, 40), True), ((60, 16), False)])
    async def test_enter_opens_it_and_escape_closes_it(self, size: tuple[int, int], panels_stay: bool) -> None:
        async with over(FakeDebugger(), size) as (pilot, screen):
            await pilot.press("right", "right", "enter")
            await pilot.pause()
            assert shown(screen, Explained)
            assert shown(screen, QuantityPanel) is panels_stay
            text = "\n".join(screen.query_one(Explained).render_line(y).text for y in range(8))
            assert "unit 0 at step 2" in text
            await pilot.press("escape")
            await pilot.pause()
            assert not shown(screen, Explained)
            assert shown(screen, QuantityPanel)
            assert screen.is_running

    async def test_it_follows_the_cursor_and_the_unit(self) -> None:
        async with over(FakeDebugger()) as (pilot, screen):
            await pilot.press("enter", "right", "right", "down", "right")
            await pilot.pause()
            pane = screen.query_one(Explained)
            assert "unit 1 at step 3 (t = 2), reading 'l'" in pane.render_line(0).text
            assert pane.read == ("h", "e")

    async def test_a_training_takes_its_place_and_gives_it_back(self) -> None:
        made = FakeDebugger()
        async with over(made) as (pilot, screen):
            await pilot.press("right", "enter", "t", "enter")
            await pilot.pause()
            assert not shown(screen, Explained)
            assert shown(screen, QuantityPanel)
            made.trainings[-1].finish.set()
            await pilot.app.workers.wait_for_complete()
            await pilot.press("right")
            await pilot.pause()
            assert shown(screen, Explained)


class TestViews:
    async def test_v_and_capital_v_go_round(self) -> None:
        async with over(FakeDebugger()) as (pilot, screen):
            seen = []
            for key in ("v",) * 7 + ("V",) * 2:
                await pilot.press(key)
                await pilot.pause()
                seen.append(screen.selection.view)
                assert shown(screen, OverTime) is (screen.selection.view != "bars")
                assert shown(screen, QuantityPanel) is (screen.selection.view == "bars")
            assert seen == ["heat", "lines", "units", "text", "loss", "loss text", "bars", "loss text", "loss"]

    async def test_a_loss_view_is_a_command_away_and_says_that_digits_choose_nothing_there(self) -> None:
        async with over(FakeDebugger()) as (pilot, screen):
            await pilot.press("right")
            await screen.run_action("do('view.loss_text')")
            await pilot.pause()
            assert screen.selection.view == "loss text"
            assert picture(screen).description == "step 1 (t = 0)  'h'  nothing was guessed before it"
            await pilot.press("right", "1")
            assert picture(screen).description == "step 2 (t = 1)  'e'  loss 1.39 when it was guessed, at step 1"
            assert "1 shows nothing here" in screen.message
            screen.selection.guess_hidden = True
            await pilot.press("right")
            assert (picture(screen).title, picture(screen).description) == ("the loss is hidden, as the guess is", "")

    async def test_digits_choose_the_quantity_and_0_brings_the_panels_back(self) -> None:
        async with over(FakeDebugger()) as (pilot, screen):
            await pilot.press("right", "v")
            assert picture(screen).symbol == "c"
            await pilot.press("1")
            assert (picture(screen).symbol, picture(screen).kind) == ("f", "gate")
            await pilot.press("0")
            await pilot.pause()
            assert screen.selection.view == "bars"
            assert not screen.selection.zoomed
            assert shown(screen, QuantityPanel)

    async def test_escape_leaves_the_view(self) -> None:
        async with over(FakeDebugger()) as (pilot, screen):
            await pilot.press("v", "enter", "escape")
            assert screen.selection.view == "heat"
            await pilot.press("escape")
            assert screen.selection.view == "bars"

    async def test_a_click_in_the_heat_map_moves_the_cursor_and_selects_the_unit(self) -> None:
        made = FakeDebugger()
        async with over(made) as (pilot, screen):
            await pilot.press("v")
            await pilot.pause()
            await pilot.click(OverTime, offset=(3 + 6 * 3, 2 + 5))
            await pilot.pause()
            assert (made.position, screen.selection.unit) == (4, 5)
            assert picture(screen).description.startswith("step 4")

    @pytest.mark.parametrize("presses", [2, 3, 4])
    async def test_a_click_in_the_other_views_moves_the_cursor(self, presses: int) -> None:
        made = FakeDebugger()
        async with over(made) as (pilot, _):
            await pilot.press(*"v" * presses)
            await pilot.pause()
            await pilot.click(OverTime, offset=(3, 1) if presses == 4 else (7 + 6 * 2, 4))
            await pilot.pause()
            assert made.position == 3

    async def test_lines_plot_the_units_selected_last_each_in_its_place(self) -> None:
        async with over(FakeDebugger(text="hello" * 20)) as (pilot, screen):
            await pilot.press("right", "v", "v")
            assert picture(screen).shown == (0, 1)  # the second is the mover
            await pilot.press("down", "down")
            assert picture(screen).shown == (2, 1)
            await pilot.press("right", "right")
            assert picture(screen).shown == (2, 1)
            await pilot.press("tab")
            assert len(picture(screen).shown) == 2

    async def test_a_long_text_is_asked_for_only_as_far_as_it_is_seen(self) -> None:
        made = FakeDebugger(text="hello" * 400)
        asked: list[int] = []
        series = made.values
        made.values = lambda *a: (asked.append(a[4] - a[3]), series(*a))[1]  # type: ignore[method-assign]
        async with over(made) as (pilot, screen):
            await pilot.press("g", *"1000", "enter", "v", "v", "v", "v", "right", "left")
            assert screen.selection.view == "text"
            assert max(asked) <= 80 * 10
            assert picture(screen).start <= 1000 < picture(screen).start + len(picture(screen).labels)


class TestMover:
    async def test_m_selects_the_one_that_moved_most_and_then_the_next(self) -> None:
        async with over(FakeDebugger()) as (pilot, screen):
            await pilot.press("j", "j", "j", "m")
            assert "did not change at this step" in screen.message
            await pilot.press("right", "m")
            assert screen.selection.unit == 0
            assert screen.message.startswith("mover 1 of 8: c[0] ")
            await pilot.press("m", "m")
            assert screen.selection.unit == 2
            await pilot.press("right", "m")
            assert screen.selection.unit == 0  # another step has its own first


class TestImagine:
    async def test_the_dialog_asks_for_temperature_and_length(self) -> None:
        made = FakeDebugger()
        async with over(made) as (pilot, screen):
            await pilot.press("right", "i", *"0.5", "tab", *"12", "enter")
            await pilot.pause()
            assert made.imagined == [(12, 0.5)]
            assert made.length == 13
            assert screen.message.startswith("imagined 12 characters after step 1")

    async def test_at_step_0_it_says_what_to_do(self) -> None:
        async with over(FakeDebugger()) as (pilot, screen):
            await pilot.press("i")
            assert "→ reads a character" in screen.message

    @pytest.mark.parametrize("keys", [("-", "1"), ("x",), ("1", "tab", "0"), ("1", "tab", *"99999")])
    async def test_numbers_that_make_no_sense_keep_it_open(self, keys: tuple[str, ...]) -> None:
        made = FakeDebugger()
        async with over(made) as (pilot, _):
            await pilot.press("right", "i", *keys, "enter")
            assert made.imagined == []
            await pilot.press("escape")
            assert made.imagined == []
