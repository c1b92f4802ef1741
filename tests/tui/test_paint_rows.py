"""The rows around the panels, and the plots below them."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lstm_tui.tui.paint import (
    EquationLine,
    GuessData,
    HistoryData,
    LossData,
    StatusData,
    TextData,
    paint_equations,
    paint_guess,
    paint_history,
    paint_loss,
    paint_status,
    paint_text,
    paint_title,
    text_of,
    text_slots,
    text_window,
    width_of,
)
from lstm_tui.tui.paint.curves import ceiling


def text(symbols: str | list[str], current: int | None, wrong: tuple[int, ...] = ()) -> TextData:
    return TextData(tuple((at, symbol, at in wrong) for at, symbol in enumerate(symbols, 1)), current)


class TestText:
    def test_the_current_symbol_is_bracketed(self) -> None:
        assert text_of(paint_text(text("hello", 2), 20)) == " h [e] l  l  o      "

    def test_wrong_guesses_are_underlined(self) -> None:
        assert ("l", "ahead+wrong") in paint_text(text("hello", 2, wrong=(3,)), 20)

    def test_moving_the_cursor_moves_no_symbol(self) -> None:
        slots = [[(s.position, s.x) for s in text_slots(text("hello", at), 20)] for at in range(6)]
        assert all(row == slots[0] for row in slots)

    def test_two_column_symbols_widen_every_slot_and_long_ones_their_own(self) -> None:
        assert text_of(paint_text(text("a中b", 2), 16)) == " a  [中] b      "
        assert text_of(paint_text(text(["a", "<eos>", "b"], 2), 16)) == " a [<eos>] b    "

    @given(st.lists(st.sampled_from(["a", "中", "<eos>", "U+200B"]), min_size=1, max_size=40), st.data())
    def test_the_current_symbol_is_in_view_and_nothing_is_cut(self, symbols: list[str], data: st.DataObject) -> None:
        current = data.draw(st.integers(1, len(symbols)))
        slots = text_slots(text(symbols, current), 24)
        assert current in [slot.position for slot in slots]
        assert all(slot.x + slot.width <= 24 for slot in slots)
        assert width_of(paint_text(text(symbols, current), 24)) == 24

    @given(st.integers(0, 5000), st.integers(1, 5000), st.integers(1, 70))
    def test_the_window_holds_the_position_and_stays_inside_the_text(
        self, position: int, length: int, capacity: int
    ) -> None:
        position = min(position, length)
        start, stop = text_window(position, length, capacity)
        assert 1 <= start < stop <= length + 1
        assert stop - start == min(capacity, length)
        assert start <= max(position, 1) < stop


class TestGuess:
    TOP = (("l", 0.93), ("o", 0.05), ("h", 0.01), ("e", 0.01))

    def test_the_true_one_is_ticked(self) -> None:
        shown = text_of(paint_guess(GuessData(self.TOP, 0, self.TOP[0]), 80))
        assert shown.startswith("guess 'l' ████▋ 0.93 ✓")
        assert shown.count("✓") == 1

    def test_a_wrong_guess_is_crossed_and_the_truth_ticked(self) -> None:
        shown = text_of(paint_guess(GuessData(self.TOP, 1, self.TOP[1]), 80))
        assert "0.93 ✗" in shown
        assert "0.05 ✓" in shown

    def test_a_truth_beyond_the_top_takes_the_last_place(self) -> None:
        shown = text_of(paint_guess(GuessData(self.TOP, None, ("z", 0.001)), 80))
        assert "'z' ▏···· 0.00 ✓" in shown.replace("'z' ·····", "'z' ▏····")
        assert "'e'" not in shown

    def test_after_the_last_character_there_is_no_target(self) -> None:
        shown = text_of(paint_guess(GuessData(self.TOP, None, None), 80))
        assert shown.endswith(" no target")
        assert not set("✓✗") & set(shown)

    def test_without_a_prediction_there_is_a_dash(self) -> None:
        assert text_of(paint_guess(GuessData((), None, None), 20)).rstrip() == "guess –"

    @given(st.integers(20, 250), st.booleans())
    def test_it_fills_the_width(self, width: int, ascii: bool) -> None:
        line = paint_guess(GuessData((("<eos>", 0.5), *self.TOP), None, ("U+200B", 0.0)), width, ascii)
        assert width_of(line) == width


class TestStatus:
    WORDS = "step 2/5  reading 'e'  next 'l'"

    def test_the_truth_stands_right(self) -> None:
        shown = text_of(paint_status(StatusData(self.WORDS, p=1.0, right=True, known=True), 55))
        assert shown.startswith(self.WORDS)
        assert shown.endswith("p 1.00 ✓ ")

    def test_a_message_keeps_the_step_and_gives_way_last(self) -> None:
        data = StatusData(self.WORDS, "undone: train", p=0.5, known=True)
        assert text_of(paint_status(data, 80)).startswith(self.WORDS + "  undone: train")
        assert text_of(paint_status(data, 40)).startswith("step 2/5  undone: train")
        assert text_of(paint_status(data, 14)) == "undone: train "

    def test_the_title_gives_up_facts_before_the_name(self) -> None:
        facts = ["by-hand", "8 units", "trained 200 epochs"]
        assert text_of(paint_title("hello", facts, "", 60)).startswith(" hello  by-hand · 8 units · trained 200 epochs")
        assert text_of(paint_title("hello", facts, "layer 2/2 (l1)", 44)).rstrip().endswith("layer 2/2 (l1)")
        assert "trained" not in text_of(paint_title("hello", facts, "", 30))


class TestEquations:
    def test_addends_stand_beside_while_they_fit(self) -> None:
        equation = EquationLine("f = σ(-6.2077) = 0.0020", (("h[5]", -2.9031), ("x 'e'", -2.0187), ("bias", 1.2)))
        lines = paint_equations("unit 2 at step 2", (equation,), "", 60, 3)
        assert text_of(lines[1]).rstrip() == " f = σ(-6.2077) = 0.0020   h[5] -2.9031  x 'e' -2.0187  …"
        assert [width_of(line) for line in lines] == [60] * 3


class TestHistory:
    def test_values_stand_above_and_hang_below_one_axis(self) -> None:
        lines = [
            text_of(line)
            for line in paint_history(HistoryData("c[0] over time", "signed", (2.0, -2.0), 1, 2, 2.0), 30, 7)
        ]
        assert lines[1].startswith("   +2 ┤█████       ")
        assert lines[3].startswith("    0 ┤────────────")
        assert lines[5].startswith("   -2 ┤      █████ ")
        assert "▲step 2 -2.00" in lines[6]

    @given(
        st.lists(st.floats(allow_nan=True, allow_infinity=True), max_size=60).map(tuple),
        st.sampled_from(["gate", "signed"]),
        st.integers(0, 70),
        st.sampled_from([(30, 7), (60, 8), (9, 2), (80, 3), (12, 1)]),
        st.booleans(),
    )
    def test_anything_fills_the_size(
        self, values: tuple[float, ...], kind: str, cursor: int, size: tuple[int, int], ascii: bool
    ) -> None:
        lines = paint_history(HistoryData("c[0] over time", kind, values, 1, cursor, 2.0), *size, ascii)
        assert [width_of(line) for line in lines] == [size[0]] * size[1]


class TestLoss:
    def test_it_says_how_far_and_how_long(self) -> None:
        shown = "\n".join(text_of(line) for line in paint_loss(LossData((1.3, 0.4), 200, 0.01, 61.2, "0.3800"), 80, 8))
        assert "epoch 2/200 · 0.3800 · 62 s left" in shown
        assert "1%" in shown
        assert "2 ┤" in shown

    @pytest.mark.parametrize(
        ("largest", "top"), [(0.0, 1.0), (0.9, 1.0), (1.0, 1.0), (1.3, 2.0), (2.1, 5.0), (70.0, 100.0)]
    )
    def test_the_axis_ends_at_a_round_number(self, largest: float, top: float) -> None:
        assert math.isclose(ceiling(largest), top)

    @given(
        st.lists(st.floats(allow_nan=True, allow_infinity=True), max_size=40).map(tuple),
        st.integers(0, 300),
        st.sampled_from([(30, 7), (80, 12), (9, 3), (80, 4), (5, 1)]),
        st.booleans(),
    )
    def test_anything_fills_the_size(
        self, losses: tuple[float, ...], epochs: int, size: tuple[int, int], ascii: bool
    ) -> None:
        lines = paint_loss(LossData(losses, epochs, 0.5, None, "NaN"), *size, ascii)
        assert [width_of(line) for line in lines] == [size[0]] * size[1]
