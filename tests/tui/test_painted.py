"""A painted widget in whatever order it is laid out, asked, changed and repainted: its lines and its place agree."""

from __future__ import annotations

from random import Random

import pytest
from textual.app import App, ComposeResult
from textual.containers import Grid
from textual.geometry import Region
from textual.pilot import Pilot

from lstm_tui.core.options import ModelOptions
from lstm_tui.core.quantities import LSTM
from lstm_tui.debugger.prepare import prepare
from lstm_tui.tui.paint import Line
from lstm_tui.tui.paint.runs import width_of
from lstm_tui.tui.widgets import GuessRow, HistoryPlot, QuantityPanel
from lstm_tui.tui.widgets.painted import Painted, shown
from tests.tui.fake import FakeDebugger
from tests.tui.pilots import over
from tests.tui.staged import Staged, keys, on_stage

SIZES = ((40, 12), (41, 13), (80, 24), (1, 1), (60, 3), (79, 5))


class Counted(Painted):
    """Every line says what is shown, which line it is and what it was painted for."""

    count: shown[int] = shown(0)

    def lines(self, width: int, height: int, ascii: bool) -> list[Line]:
        texts = [f"{self.count} {y} {width}x{height} 漢" for y in range(height)]
        return [[(text.ljust(width)[:width].replace("漢", "+"), "text")] for text in texts]


class Bench(App[None]):
    """Four of ours, two of them panels that line up."""

    CSS = "Grid { grid-size: 2 2; } .gone { display: none; } .unseen { visibility: hidden; } .low { height: 2; }"

    def compose(self) -> ComposeResult:
        with Grid():
            yield Counted()
            yield Counted()
            yield QuantityPanel(LSTM[0], 1)
            yield QuantityPanel(LSTM[4], 5)


def _do_something(app: App[None], random: Random) -> None:
    """What changes a layout, what looks at one before it is made, what shows something new, what has it painted."""
    leaf = random.choice(list(app.query(Painted)))
    match random.randrange(6):
        case 0:
            leaf.toggle_class(random.choice(("gone", "unseen", "low")))
        case 1:
            app.query_one(Grid).toggle_class(random.choice(("gone", "unseen", "low")))
        case 2:
            app.theme = random.choice(("textual-dark", "textual-light"))
        case 3:
            _ = leaf.region, leaf.refresh()  # has Textual arrange anew, out of turn, with widgets of the old sizes
        case 4:
            for counted in app.query(Counted):
                counted.count += 1
        case 5:
            crop = Region(random.randrange(5), random.randrange(5), random.randrange(1, 90), random.randrange(1, 30))
            strips = leaf.render_lines(crop)
            assert [strip.cell_length for strip in strips] == [crop.width] * crop.height
            assert [width_of([(s.text, "") for s in strip]) for strip in strips] == [crop.width] * crop.height


def _as_painted_now(leaf: Painted) -> list[str]:
    return ["".join(text for text, _ in line) for line in leaf.lines(*leaf.outer_size, False)]


@pytest.mark.parametrize("seed", range(2))
async def test_after_any_changes_the_screen_shows_what_would_be_painted_now(seed: int) -> None:
    random = Random(seed)
    app = Bench()
    async with app.run_test(size=SIZES[0]) as pilot:
        for _ in range(40):
            if random.random() < 0.3:
                await pilot.resize_terminal(*random.choice(SIZES))
            for _ in range(random.randrange(1, 6)):
                _do_something(app, random)
            await _settled(pilot)
            for leaf, (region, _) in app.screen._compositor.visible_widgets.items():
                if isinstance(leaf, Painted) and region:
                    assert region.size == leaf.outer_size
                    shown = [strip.text for strip in leaf.render_lines(region.reset_offset)]
                    assert shown == _as_painted_now(leaf)


async def _settled(pilot: Pilot[None]) -> None:
    """Until a layout that was asked for has been made."""
    for _ in range(2):
        await pilot.pause()


async def test_every_widget_of_the_screen_fills_every_size() -> None:
    async with over(FakeDebugger(), size=(120, 40)) as (pilot, screen):
        for typed in ("right", "v", "v", "v", "v", "enter"):
            await pilot.press(typed)
            for leaf in screen.query(Painted):
                for width in (1, 2, 5, 8, 17, 36, 80, 200):
                    for height in (1, 2, 3, 4, 9, 30):
                        lines = leaf.lines(width, height, width == 36)
                        assert [width_of(line) for line in lines] == [width] * height, (leaf, width, height)


@pytest.mark.parametrize(
    ("size", "typed"),
    [((80, 24), "vV"), ((110, 32), "v0"), ((100, 30), "vvvv"), ((120, 36), "vV")],
)
def test_a_training_after_a_look_at_the_views_takes_the_place_below(size: tuple[int, int], typed: str) -> None:
    async def act(stage: Staged) -> None:
        for key in (*typed, "t", "enter"):
            await stage.press(*keys(key))
        await stage.settle(1)
        assert "trained" in stage.screen.message

    on_stage(prepare(ModelOptions(text="ab", hidden=2, epochs=2)), act, size)


def test_panels_line_up_after_a_column_was_lost() -> None:
    async def act(stage: Staged) -> None:
        for size in ((119, 40), (120, 40), (81, 24)):
            await stage.resize(*size)
            resized = stage.cells()
            for leaf in stage.screen.query(Painted):
                leaf._painted_for = None
                leaf.refresh()
            await stage.settle()
            assert stage.cells() == resized

    on_stage(prepare(ModelOptions(text="ab", hidden=8)), act)


def test_nothing_stays_of_a_widget_that_is_hidden() -> None:
    """Textual compares a layout with the one before; a widget that asks in between where it stands makes another."""

    async def act(stage: Staged) -> None:
        screen = stage.screen
        await stage.press("right")
        without = stage.cells()
        screen.show_message("a sentence that is too long for its row " * 3)
        await stage.settle()
        assert stage.cells() != without
        screen.query_one(HistoryPlot).refresh()  # not on the screen: Textual no longer trusts what it knows of places
        await stage.settle()
        screen.show_message("")
        assert screen.query_one(GuessRow).region
        await stage.settle()
        assert stage.cells() == without

    on_stage(prepare(ModelOptions(text="ab", hidden=8)), act, (60, 16))
