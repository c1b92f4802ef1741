"""The rows around the panels, and the plots below them."""

from __future__ import annotations

import math
import re
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lstm_tui.core.sums import ceiling
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

    def test_a_text_wider_than_the_screen_takes_a_column_a_character(self) -> None:
        data = replace(text("so on and on", 4, wrong=(2,)), dense=True)
        assert text_of(paint_text(data, 20)) == " so on and on       "
        assert ("o", "current") in paint_text(data, 20)
        assert ("o", "text+wrong") in paint_text(data, 20)
        assert text_of(paint_text(replace(text(["a", "<eos>", "b"], 2), dense=True), 16)) == " a <eos> b      "

    def test_step_0_shows_the_beginning_of_a_text_that_is_wider_than_it_seemed(self) -> None:
        for dense in (False, True):
            assert (
                text_of(paint_text(replace(text("漢字" * 9, 0), dense=dense), 24))
                .split()[0]
                .startswith("漢字"[: 2 - (not dense)])
            )

    @given(st.lists(st.sampled_from(["a", "中", "<eos>", "U+200B"]), min_size=1, max_size=40), st.data())
    def test_the_current_symbol_is_in_view_and_nothing_is_cut(self, symbols: list[str], data: st.DataObject) -> None:
        current = data.draw(st.integers(1, len(symbols)))
        shown = replace(text(symbols, current), dense=data.draw(st.booleans()))
        slots = text_slots(shown, 24)
        assert current in [slot.position for slot in slots]
        assert all(slot.x + slot.width <= 24 for slot in slots)
        assert width_of(paint_text(shown, 24)) == 24

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
        assert shown.startswith(" guess 'l' ━━━━╸ 0.93 ✓")
        assert shown.count("✓") == 1

    def test_a_wrong_guess_is_crossed_and_the_truth_ticked(self) -> None:
        shown = text_of(paint_guess(GuessData(self.TOP, 1, self.TOP[1]), 80))
        assert "0.93 ✗" in shown
        assert "0.05 ✓" in shown

    def test_a_truth_beyond_the_top_takes_the_last_place(self) -> None:
        shown = text_of(paint_guess(GuessData(self.TOP, None, ("z", 0.001)), 80))
        assert "'z' ····· 0.00 ✓" in shown
        assert "'e'" not in shown

    def test_up_to_eight_symbols_keep_their_places(self) -> None:
        for best in range(8):
            top = tuple((label, 0.93 if at == best else 0.01) for at, label in enumerate("abcdefgh"))
            shown = text_of(paint_guess(GuessData(top, 3, top[3], fixed=True, first=best), 80))
            assert [shown.index(f"'{label}'", 11) for label in "abcdefgh"] == list(range(12, 76, 8))
            assert shown.count("✓") == 1
            assert shown.count("✗") == (best != 3)

    def test_after_the_last_character_there_is_no_target(self) -> None:
        shown = text_of(paint_guess(GuessData(self.TOP, None, None), 80))
        assert shown.endswith(" no target")
        assert not set("✓✗") & set(shown)

    def test_without_a_prediction_there_is_a_dash(self) -> None:
        assert text_of(paint_guess(GuessData((), None, None), 20)).rstrip() == " guess –"

    @given(st.integers(20, 250), st.booleans())
    def test_it_fills_the_width(self, width: int, ascii: bool) -> None:
        line = paint_guess(GuessData((("<eos>", 0.5), *self.TOP), None, ("U+200B", 0.0)), width, ascii)
        assert width_of(line) == width


class TestStatus:
    WORDS = "step 2/5  reading 'e'  next 'l'"

    def test_the_truth_stands_right_by_its_name_with_its_loss(self) -> None:
        data = StatusData(self.WORDS, symbol="l", p=1.0, loss=0.0012, right=True, known=True)
        shown = text_of(paint_status(data, 60))
        assert shown.startswith(f" {self.WORDS}")
        assert shown.endswith("p('l') 1.00 ✓  loss 0.00 ")
        assert text_of(paint_status(data, 50)).endswith("p('l') 1.00 ✓ ")

    def test_a_message_keeps_the_step_and_gives_way_last(self) -> None:
        data = StatusData(self.WORDS, "undone: train", p=0.5, known=True)
        assert text_of(paint_status(data, 80)).startswith(f" {self.WORDS}  undone: train")
        assert text_of(paint_status(data, 40)).startswith(" step 2/5  undone: train")
        assert text_of(paint_status(data, 15)) == " undone: train "

    def test_the_title_gives_up_facts_before_the_name(self) -> None:
        facts = ["by-hand", "8 units", "trained 200 epochs"]
        assert text_of(paint_title("hello", facts, "", 60)).startswith(" hello  by-hand · 8 units · trained 200 epochs")
        assert text_of(paint_title("hello", facts, "layer 2/2 (l1)", 44)).rstrip().endswith("layer 2/2 (l1)")
        assert "trained" not in text_of(paint_title("hello", facts, "", 30))


class TestLongNames:
    def test_words_too_long_for_places_of_their_own_stand_likeliest_first_and_are_read_whole(self) -> None:
        names = ("the", "cat", "sat", "on", "mat", "and", "internal", "dog")
        top = tuple((name, 0.05 + 0.01 * at) for at, name in enumerate(names))
        line = text_of(paint_guess(GuessData(top, 2, top[2], fixed=True, first=7), 80))
        assert line.startswith(" guess 'dog' ")
        assert "'internal'" in line
        assert "'sat'" in line
        assert "…" not in line

    @pytest.mark.parametrize(("width", "fixed"), [(60, False), (80, True), (120, False)])
    def test_a_number_is_never_cut_and_bars_can_be_compared(self, width: int, fixed: bool) -> None:
        names = ("a", "internationalisation", "漢字", "of")
        top = tuple((name, 0.4 - 0.1 * at) for at, name in enumerate(names))
        data = GuessData(top, 1, top[1], fixed=fixed)
        line = text_of(paint_guess(data, width))
        assert all(f"{p:.2f}" in line for _, p in top[: line.count("'") // 2])
        even = text_of(paint_guess(replace(data, top=(("a", 0.5), ("bcd", 0.5)), true=0, target=("a", 0.5)), width))
        bars = [len(run) for run in re.findall("[━╸·]+", even)]
        assert len(set(bars)) <= 1


class TestEquations:
    GATE = EquationLine(
        "f = σ(-6.2077) = 0.0020", "f = σ(W_f·[h', x] + b_f)", (("h'", -7.0, None), ("bias", 0.7923, None))
    )
    CELL = EquationLine(
        "c = 0.5 × 0.25 + 0.5 × 0.5 = +0.3750    (kept +0.1250, written +0.2500)", "c = f·c' + i·c̃", sign=1
    )

    def test_symbols_stand_before_numbers_aligned_where_there_is_room(self) -> None:
        lines = [text_of(line) for line in paint_equations("unit 2 at step 2", (self.GATE, self.CELL), "", 80, 3)]
        assert lines[0].rstrip().endswith("c', h': the step before")
        assert lines[1].startswith(" f = σ(W_f·[h', x] + b_f) = σ(-6.2077) = 0.0020")
        assert lines[2].startswith(" c = f·c' + i·c̃           = 0.5 × 0.25 + 0.5 × 0.5 = +0.3750 ")
        lower = paint_equations("unit 2 at step 2", (self.GATE, self.CELL), "", 80, 4)[2]
        assert text_of(lower).strip() == "-6.2077 = h' -7.0000, bias +0.7923"

    def test_the_symbols_go_before_a_number_does(self) -> None:
        lines = [text_of(line) for line in paint_equations("unit 2", (self.GATE, self.CELL), "", 40, 3)]
        assert lines[1].rstrip() == " f = σ(-6.2077) = 0.0020"
        assert lines[2].rstrip() == " c = 0.5 × 0.25 + 0.5 × 0.5 = +0.3750"
        assert [len(line.replace("\u0303", "")) for line in lines] == [40] * 3

    def test_before_any_number_the_symbols_stand_where_they_stay(self) -> None:
        known = tuple(replace(each, text="", sums=()) for each in (self.GATE, self.CELL))
        before, after = (
            [text_of(line) for line in paint_equations("unit 2", lines, "", 80, 3)]
            for lines in (known, (self.GATE, self.CELL))
        )
        assert [line.rstrip() for line in before[1:]] == [
            line.partition(" = 0")[0].partition(" = σ(-")[0].rstrip() for line in after[1:]
        ]

    def test_in_ascii_results_stay_aligned_though_sigma_is_longer(self) -> None:
        lines = [text_of(line) for line in paint_equations("unit 2", (self.GATE, self.CELL), "", 90, 3, True)]
        assert lines[1].rindex("= sigma") == lines[2].index("= 0.5")

    def test_a_cell_without_c_is_told_of_the_prime_that_it_has(self) -> None:
        told = text_of(paint_equations("unit 2", (EquationLine("a = 1.0", "a = W_a·[h', x] + b_a"),), "", 80, 2)[0])
        assert told.rstrip().endswith("─ h': the step before")

    def test_where_lines_lack_short_equations_share_one_and_none_is_left_out(self) -> None:
        eight = (self.GATE,) * 4 + (EquationLine("n = 0.5000 × 0.2500 = +0.1250", "n = f·n' + i", sign=1),) * 4
        lines = [text_of(line) for line in paint_equations("unit 2", eight, "", 100, 7)]
        assert len(lines) == 7
        assert "".join(lines).count("= +0.1250") == "".join(lines).count("= 0.0020") == 4

    def test_a_sum_with_a_name_is_called_by_it_and_no_line_is_left_empty(self) -> None:
        addends = tuple((f"h'[{at}]", 0.5, 0.5) for at in range(20))
        summed = EquationLine("i = exp(-0.5) = 0.6", "i = exp(z_i - m)", (("x", -0.5, None),), addends, summed="z_i")
        lines = [text_of(line).strip() for line in paint_equations("unit 2", (summed, summed), "", 60, 8)]
        assert lines[2].startswith("z_i = -0.5000 = x -0.5000   h'[0]")
        assert all(lines)

    def test_results_have_the_colour_of_their_sign(self) -> None:
        lines = paint_equations("unit 2", (self.CELL,), "", 80, 2)
        assert ("+0.3750", "positive.8") in lines[1]


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

    def test_what_lies_beyond_the_scale_ends_in_an_arrow(self) -> None:
        lines = paint_history(HistoryData("c[0]", "signed", (9.0, -9.0, 2.0), 1, 1, 2.0), 30, 7)
        assert "▲" in text_of(lines[1])
        assert text_of(lines[5]).count("▼") == 5

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
        data = LossData((1.3, 0.4), 200, 0.01, 61.2, "0.3800", None, (3.0, 0.4), (0.1, 0.001))
        shown = "\n".join(text_of(line) for line in paint_loss(data, 80, 8))
        assert "epoch 2/200 · 0.3800 · gradient 0.4 · update 0.1% of w · 62 s left" in shown
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
        st.none() | st.integers(0, 40),
        st.sampled_from([(30, 7), (80, 12), (9, 3), (80, 4), (5, 1)]),
        st.booleans(),
    )
    def test_anything_fills_the_size(
        self, losses: tuple[float, ...], epochs: int, at: int | None, size: tuple[int, int], ascii: bool
    ) -> None:
        at = None if at is None else min(at, len(losses))
        lines = paint_loss(LossData(losses, epochs, 0.5, None, "NaN", at, losses, losses), *size, ascii)
        assert [width_of(line) for line in lines] == [size[0]] * size[1]
