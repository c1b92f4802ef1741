"""The leaves in a small app: what they post, what they repaint, and that no character of data is obeyed."""

from __future__ import annotations

import unicodedata
from dataclasses import replace

import pytest
from textual.app import App, ComposeResult
from textual.containers import Horizontal
from textual.geometry import Region
from textual.widget import Widget

from lstm_tui.core.options import ModelOptions
from lstm_tui.core.quantities import GRU, LSTM, C, F
from lstm_tui.core.step import About, Character, Equation, Guess, LayerStep, Prediction, Step, Term
from lstm_tui.core.training_course import EpochFigures
from lstm_tui.debugger.door import Progress
from lstm_tui.debugger.prepare import prepare
from lstm_tui.tui.frame import Frame
from lstm_tui.tui.loading import known
from lstm_tui.tui.paint.runs import plain
from lstm_tui.tui.widgets import (
    Equations,
    GuessRow,
    LossCurve,
    QuantityPanel,
    StatusRow,
    TextRow,
    TitleRow,
)
from lstm_tui.tui.widgets.notice import MessageRow
from lstm_tui.tui.widgets.status import where

HOSTILE = "\x1b[31m\x9b\x07\u202e\u2028\x00[/red]"


def step(position: int, values: tuple[float, ...], symbol: str = "h", target: str | None = "e") -> Step:
    """A step of five whose every quantity is `values`."""
    everything = {name: values for name in ("f", "i", "c_tilde", "o", "c", "h")}
    truth = None if target is None else Guess(0, target, 0.75)
    prediction = Prediction((), (Guess(0, target or symbol, 0.75), Guess(1, symbol, 0.25)), truth, 0.1, 0.5)
    return Step(position, 5, symbol, target, (LayerStep(0, everything, {"c": values, "h": values}),), prediction)


class Bench(App[None]):
    """The given widgets side by side."""

    def __init__(self, *leaves: Widget) -> None:
        super().__init__()
        self.leaves = leaves
        self.posted: list[int] = []

    def compose(self) -> ComposeResult:
        with Horizontal():
            yield from self.leaves

    def on_quantity_panel_unit_selected(self, message: QuantityPanel.UnitSelected) -> None:
        self.posted.append(message.unit)

    def on_text_row_position_clicked(self, message: TextRow.PositionClicked) -> None:
        self.posted.append(message.position)


def text(widget: Widget) -> list[str]:
    return [widget.render_line(y).text for y in range(widget.size.height)]


class TestQuantityPanel:
    async def test_a_click_posts_the_unit_under_the_mouse(self) -> None:
        panel = QuantityPanel(F, 1)
        app = Bench(panel)
        async with app.run_test(size=(26, 9)) as pilot:
            panel.step = step(1, (0.5,) * 8)
            await pilot.pause()
            await pilot.click(panel, offset=(5, 4))
            await pilot.click(panel, offset=(5, 0))  # the title is no unit
        assert app.posted == [3]

    async def test_a_click_among_cells_posts_the_unit_of_the_cell(self) -> None:
        panel = QuantityPanel(F, 1)
        app = Bench(panel)
        async with app.run_test(size=(26, 9)) as pilot:
            panel.step = step(1, (0.5,) * 512)
            await pilot.pause()
            await pilot.click(panel, offset=(5 + 7, 3))
        assert app.posted == [47]

    async def test_only_the_rows_that_changed_are_repainted(self, monkeypatch: pytest.MonkeyPatch) -> None:
        panel = QuantityPanel(F, 1)
        async with Bench(panel).run_test(size=(26, 9)) as pilot:
            panel.step = step(1, (0.5,) * 8)
            await pilot.pause()
            regions: list[Region] = []
            refresh = panel.screen.refresh
            monkeypatch.setattr(
                panel.screen, "refresh", lambda *parts, **more: (regions.extend(parts), refresh(*parts))[1]
            )
            panel.step = step(2, (0.5, 0.5, 0.5, 0.25, 0.5, 0.5, 0.5, 0.5))
            await pilot.pause()
            assert {region.y for region in regions} == {panel.region.y + 4}
            assert "0.25" in text(panel)[4]
            regions.clear()
            panel.step = step(3, (0.5, 0.5, 0.5, 0.25, 0.5, 0.5, 0.5, 0.5))
            await pilot.pause()
            assert regions == []

    async def test_one_with_a_border_goes_textuals_way(self) -> None:
        panel = QuantityPanel(F, 1)
        async with Bench(panel).run_test(size=(28, 11)) as pilot:
            panel.styles.border = ("solid", "white")
            panel.step = step(1, (0.5,) * 8)
            await pilot.pause()
            panel.step = step(2, (0.25,) * 8)
            await pilot.pause()
            strips = panel.render_lines(Region(0, 0, 28, 11))
            assert strips[0].text.startswith("┌")
            assert "0.25" in strips[4].text

    async def test_several_changes_for_one_key_are_one_painting(self, monkeypatch: pytest.MonkeyPatch) -> None:
        panel = QuantityPanel(C, 5)
        async with Bench(panel).run_test(size=(26, 9)) as pilot:
            panel.step = step(1, (0.5,) * 8)
            await pilot.pause()
            paintings: list[int] = []
            lines = panel.lines
            monkeypatch.setattr(panel, "lines", lambda *size: (paintings.append(1), lines(*size))[1])
            panel.step, panel.movers, panel.scale, panel.unit = step(2, (0.75,) * 8), (1, 2), 5.0, 3
            await pilot.pause()
            assert len(paintings) == 1
            assert "±5" in text(panel)[0]

    async def test_a_column_left_over_by_the_division_shifts_no_unit(self) -> None:
        panels = [QuantityPanel(F, digit) for digit in (1, 2, 3)]
        async with Bench(*panels).run_test(size=(80, 9)) as pilot:
            for panel in panels:
                panel.step, panel.unit = step(1, tuple(unit / 512 for unit in range(512))), 300
            await pilot.pause()
            shown = [[line.rstrip() for line in text(panel)[1:]] for panel in panels]
            assert {panel.size.width for panel in panels} == {26, 27}
            assert shown[0] == shown[1] == shown[2]

    async def test_a_unit_or_layer_that_is_not_there_does_no_harm(self) -> None:
        panel = QuantityPanel(F, 1)
        async with Bench(panel).run_test(size=(26, 9)) as pilot:
            panel.step, panel.unit, panel.layer_index = step(1, (0.5,) * 2), 99, 0
            await pilot.pause()
            assert text(panel)[2].startswith("▸1")
            panel.layer_index = 3
            await pilot.pause()
            assert "how much" in " ".join(text(panel))


class TestRows:
    async def test_a_click_on_the_text_posts_the_step_that_reads_it(self) -> None:
        row = TextRow()
        app = Bench(row)
        async with app.run_test(size=(40, 3)) as pilot:
            row.characters = tuple(Character(at, ch, None) for at, ch in enumerate("hello", 1))
            row.step = step(2, (0.5,))
            await pilot.pause()
            assert text(row)[0].startswith(" h [e] l  l  o ")
            await pilot.click(row, offset=(10, 0))
            await pilot.click(row, offset=(30, 0))
        assert app.posted == [4]

    async def test_the_status_says_where_we_are(self) -> None:
        row = StatusRow()
        async with Bench(row).run_test(size=(60, 3)) as pilot:
            assert text(row)[0].startswith(" loading torch …")
            row.step = step(2, (0.5,), "e", "l")
            await pilot.pause()
            assert text(row)[0].startswith(" step 2/5  reading 'e'  next 'l'")
            assert text(row)[0].rstrip().endswith("p('l') 0.75 ✓  loss 0.10")
            row.step = step(5, (0.5,), "o", None)
            await pilot.pause()
            assert text(row)[0].split() == ["step", "5/5", "reading", "'o'", "no", "target", "p", "–"]

    async def test_the_title_names_model_cell_sizes_and_layer(self) -> None:
        row = TitleRow()
        async with Bench(row).run_test(size=(100, 3)) as pilot:
            about = About("hello", "by-hand", tuple("ehlo"), (8,), 200, 0.00004)
            row.about = about
            await pilot.pause()
            assert text(row)[0].rstrip() == " hello  by-hand · 8 units · trained 200 epochs · loss < 0.0001"
            row.about, row.layer_index = replace(about, hidden_sizes=(8, 8), loss=None, epochs=0, unsaved=True), 1
            await pilot.pause()
            assert " by-hand · 8 units × 2 layers · untrained · not saved" in text(row)[0]
            assert text(row)[0].rstrip().endswith("layer 2/2 (l1)")


async def test_the_message_row_shows_the_selected_unit_while_there_is_no_message() -> None:
    row = MessageRow()
    values = {"f": (0.98,), "i": (1.0,), "c_tilde": (-1.0,), "o": (1.0,), "c": (-1.9604,), "h": (-0.96,)}
    layer = LayerStep(0, values, {"c": (-0.98,), "h": (-0.5,)})
    gru = LayerStep(0, {"r": (0.2,), "z": (0.31,), "n": (-0.4,), "h": (0.5,)}, {"h": (0.1,)})
    async with Bench(row).run_test(size=(80, 1)) as pilot:
        for other, told in (
            (replace(step(2, (0.5,)), layers=(layer,)), "c[0] = 0.98×-0.98 + 1.00×-1.00 = -1.96   h = -0.96"),
            (replace(step(2, (0.5,)), layers=(gru,)), "unit 0:   r = 0.20   z = 0.31   n = -0.40   h = +0.50"),
        ):
            row.take(Frame(other, quantities=LSTM if layer in other.layers else GRU))
            row.text = ""
            await pilot.pause()
            assert text(row)[0].strip() == told
            row.text = "undid: train"
            await pilot.pause()
            assert text(row)[0].strip() == "undid: train"


async def test_a_state_set_by_hand_stays_in_sight() -> None:
    row = TitleRow()
    async with Bench(row).run_test(size=(100, 1)) as pilot:
        row.about, row.edits = About("hello", "by-hand", tuple("ehlo"), (8,), 200, 0.00004), (2, 7)
        await pilot.pause()
        assert text(row)[0].startswith(" hello  state edited at steps 2, 7 · by-hand")


async def test_nothing_that_was_read_is_obeyed_by_the_terminal() -> None:
    hostile = step(1, (0.5,), HOSTILE, HOSTILE)
    leaves = title, row, status, guess, equations = TitleRow(), TextRow(), StatusRow(), GuessRow(), Equations()
    async with Bench(*leaves).run_test(size=(240, 8)) as pilot:
        title.about = About(HOSTILE, HOSTILE, (HOSTILE,), (1,), 1, 0.5)
        row.characters = (Character(1, HOSTILE, True),)
        row.step = status.step = guess.step = equations.step = hostile
        status.message = HOSTILE
        equations.equations = (Equation("f", HOSTILE, 0.5, (Term(HOSTILE, 1.0, 1.0),), (Term(HOSTILE, 1.0),)),)
        await pilot.pause()
        shown = "".join(line for leaf in leaves for line in text(leaf))
    assert not [ch for ch in shown if unicodedata.category(ch) in ("Cc", "Cf", "Cs", "Zl", "Zp")]


def figures(*losses: float) -> tuple[EpochFigures, ...]:
    return tuple(EpochFigures(loss, 0.5, 0.01) for loss in losses)


async def test_the_loss_curve_grows_while_it_trains() -> None:
    curve = LossCurve()
    async with Bench(curve).run_test(size=(80, 8)) as pilot:
        curve.figures, curve.progress = figures(1.27, 0.5), Progress(2, 200, 0.01, 0.5, 1.0, 99.0)
        await pilot.pause()
        assert "epoch 2/200 · 0.5000 · gradient 0.5 · update 1% of w · 2 min left" in text(curve)[0]
        assert "█" in "".join(text(curve)[2:])


@pytest.mark.parametrize("progress", [Progress(2, 200, 1.0, 3e-6, 1.0, None), None])
async def test_a_loss_too_small_for_its_digits_is_not_zero(progress: Progress | None) -> None:
    curve = LossCurve()
    async with Bench(curve).run_test(size=(80, 8)) as pilot:
        curve.figures, curve.progress = figures(0.2, 3e-6), progress
        await pilot.pause()
        assert "< 0.0001" in text(curve)[0]


@pytest.mark.parametrize(("hidden", "words"), [(1, "1 unit"), (8, "8 units")])
def test_one_unit_is_one_before_the_model_is_open_too(hidden: int, words: str) -> None:
    assert known(prepare(ModelOptions(hidden=hidden)))[-1] == words


def test_equations_walked_through_are_ascii_where_that_is_asked_for() -> None:
    debugger = prepare(ModelOptions()).open()
    words = [where(debugger.into(), words=plain).partition("  ")[2] for _ in range(5)]
    assert words[3:] == ["equation 4/8  c~ = tanh(...)", "equation 5/8  o = sigma(...)"]
    assert all(word.isascii() for word in words)
