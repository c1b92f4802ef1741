"""The rows of the screen for models of numbers, and words that are written from the right."""

from __future__ import annotations

import unicodedata

import pytest
from textual.widgets import Input

from lstm_tui.core.options import ModelOptions
from lstm_tui.core.text import Text
from lstm_tui.core.vocabulary import BLANK_LTR, Vocabulary
from lstm_tui.debugger.prepare import prepare
from lstm_tui.tui.app import make_app
from lstm_tui.tui.paint import TextData, paint_text, text_of, text_slots
from lstm_tui.tui.paint.numbers import TargetsData, level_glyph, paint_targets, row_words
from lstm_tui.tui.system.characters import cell, runs_from_right
from lstm_tui.tui.widgets.guess import GuessRow
from lstm_tui.tui.widgets.status import StatusRow
from lstm_tui.tui.widgets.text_row import TextRow
from tests.tui.pilots import opened


def test_what_is_said_stands_beside_what_comes_as_far_as_there_is_room() -> None:
    data = TargetsData((("temp", 14.84, 14.5), ("rain", 2.0, 2.0)))
    assert text_of(paint_targets(data, 90)).rstrip() == (
        " guess temp 14.84  true 14.5  off +0.34   rain 2  true 2  off +0"
    )
    assert text_of(paint_targets(data, 56)).rstrip().endswith("and 1 more")
    assert text_of(paint_targets(TargetsData((("temp", 14.84, None),)), 40)).endswith("no target")
    for width in range(20, 100):
        assert len(text_of(paint_targets(data, width))) == width


def test_channels_are_raw_and_scaled_and_those_without_room_are_counted() -> None:
    channels = (("temp", 13.54, 0.2), ("rain", 9.4, 1.03), ("x", 2.0, 2.0))
    assert row_words(channels, 80) == "temp 13.54 (+0.20)  rain 9.4 (+1.03)  x 2"
    assert row_words(channels, 30) == "temp 13.54 (+0.20)  +2"


def test_a_level_is_a_column_or_a_digit() -> None:
    assert "".join(level_glyph(each / 7) for each in range(8)) == "▁▂▃▄▅▆▇█"
    assert level_glyph(0.55, ascii=True) == "5"


@pytest.mark.parametrize("dense", [False, True])
def test_words_from_the_right_stand_in_reversed_places(dense: bool) -> None:
    words = tuple((at, cell(word), False) for at, word in enumerate(("ذهب", "الولد", "."), 1))
    straight, turned = (TextData(words, 2, dense, turn) for turn in (False, True))
    mirrored = [60 - slot.x - slot.width for slot in reversed(text_slots(straight, 60))]
    assert [slot.x for slot in text_slots(turned, 60)] == mirrored
    assert [slot.position for slot in text_slots(turned, 60)] == [3, 2, 1]
    shown = text_of(paint_text(turned, 60))
    assert shown.index("الولد") < shown.index("ذهب")
    assert cell("الولد").endswith(BLANK_LTR)  # what follows it stays in its place
    assert runs_from_right(["ذهب", "الولد", "."])
    assert not runs_from_right(["ذ", "ه"])
    assert not runs_from_right(["the", "ذهب", "cat"])


def test_a_number_behind_a_word_from_the_right_is_not_turned_round_with_it() -> None:
    """By the bidi algorithm a number joins the letters before it, whatever neutral signs stand between, unless a
    left-to-right letter does."""
    (named,) = Text(Vocabulary(["ذهب", "cat"], words=True), "ذهب cat").named(1)
    row = f"  {named} +1.1639, h' -0.2, cell {cell('ذهب')} 0.98"
    before = ""
    for sign in row:
        direction = unicodedata.bidirectional(sign)
        assert not (direction in ("EN", "AN") and before in ("R", "AL")), row
        before = direction if direction in ("L", "R", "AL") else before


@pytest.mark.parametrize("size", [(80, 24), (120, 40)])
async def test_a_model_of_numbers_on_the_screen(size: tuple[int, int]) -> None:
    app = make_app(prepare(ModelOptions(model="weather")))
    async with app.run_test(size=size) as pilot:
        await opened(pilot)
        await pilot.press("right", "right")
        screen = app.debugger_screen
        assert screen is not None
        rows = {kind: screen.query_one(kind).render_line(0).text for kind in (TextRow, StatusRow, GuessRow)}
        assert set(rows[TextRow].strip()) <= set("▁▂▃▄▅▆▇█")
        assert rows[StatusRow].startswith(" step 2/137  2026-04-01 01:00  temp 7.7 (")
        assert "loss" in rows[StatusRow]
        assert rows[GuessRow].startswith(" guess temp ")
        assert "  true 7.4  off " in rows[GuessRow]
        await pilot.press("i")
        await pilot.pause()
        app.screen.query_one("#count", Input).value = "5"
        await pilot.press("enter")
        await pilot.pause()
        assert screen.frame.step is not None
        await pilot.app.workers.wait_for_complete()
        await pilot.pause()
        assert screen.frame.step.length == 7
