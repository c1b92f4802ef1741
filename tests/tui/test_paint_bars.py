"""Bars, cells and numbers: what a reader may conclude from a glyph must be so."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lstm_tui.tui.paint import number, text_of, width_of
from lstm_tui.tui.paint.bars import cells, gate_bar, inverted, parted_bar, signed_bar
from lstm_tui.tui.paint.runs import fit, wrap

ANY = st.floats(allow_nan=True, allow_infinity=True)


class TestGateBar:
    def test_zero_is_all_track_and_one_is_all_bar(self) -> None:
        assert text_of(gate_bar(0.0, 15)) == "·" * 15
        assert text_of(gate_bar(1.0, 15)) == "━" * 15

    def test_halves_of_a_cell_are_drawn(self) -> None:
        assert text_of(gate_bar(0.36, 15)) == "━━━━━╸·········"

    def test_what_prints_as_a_hundredth_is_never_invisible(self) -> None:
        assert text_of(gate_bar(0.006, 4)) == "╸···"
        assert text_of(gate_bar(0.004, 4)) == "····"

    def test_ascii_has_only_ascii(self) -> None:
        assert text_of(gate_bar(0.5, 10, ascii=True)) == "=====-----"

    @given(ANY, st.integers(1, 200), st.booleans())
    def test_any_number_fills_exactly_the_width(self, value: float, width: int, ascii: bool) -> None:
        assert width_of(gate_bar(value, width, ascii)) == width


class TestSignedBar:
    def test_positive_grows_right_and_negative_left_of_the_line(self) -> None:
        assert text_of(signed_bar(1.0, 1.0, 15)) == "       │▄▄▄▄▄▄▄"
        assert text_of(signed_bar(-1.0, 1.0, 15)) == "▄▄▄▄▄▄▄│       "

    def test_halves_of_a_cell_are_drawn_at_either_end(self) -> None:
        assert text_of(signed_bar(-0.63, 1.0, 15)) == "  ▗▄▄▄▄│       "
        assert text_of(signed_bar(0.63, 1.0, 15)) == "       │▄▄▄▄▖  "

    def test_no_bar_is_as_high_as_its_row(self) -> None:
        """Full blocks of neighbours would merge into one."""
        drawn = "".join(text_of(parted_bar(v / 9, k / 9, 1.0, 41)) for v in range(-9, 10) for k in range(-9, 10))
        assert set(drawn) <= set(" │▇▄▁▖▗")
        assert "█" not in "".join(glyph for glyph, _ in cells([v / 9 for v in range(-9, 10)], "signed"))

    def test_what_was_kept_is_thicker_than_what_was_written(self) -> None:
        assert text_of(parted_bar(1.0, 0.5, 1.0, 21)) == "          │▇▇▇▇▇▄▄▄▄▄"
        assert text_of(parted_bar(0.5, 1.0, 1.0, 21)) == "          │▇▇▇▇▇▁▁▁▁▁"

    def test_the_value_before_is_a_tick_on_the_ground_or_in_the_bar(self) -> None:
        assert text_of(signed_bar(0.97, 2.0, 15, before=-0.85)) == "    ╎  │▄▄▄▖   "
        assert text_of(signed_bar(1.89, 2.0, 15, before=0.94)) == "       │▄▄╎▄▄▄▖"

    def test_a_value_beyond_the_scale_says_so(self) -> None:
        assert text_of(signed_bar(2.5, 2.0, 15)).endswith("▶")
        assert text_of(signed_bar(-2.5, 2.0, 15)).startswith("◀")

    def test_nothing_is_drawn_for_what_is_not_a_number(self) -> None:
        assert text_of(signed_bar(math.nan, 1.0, 5)) == "  │  "

    @given(ANY, st.sampled_from([1.0, 2.0, 50.0]), st.integers(1, 120), st.one_of(st.none(), ANY), st.booleans())
    def test_any_number_fills_exactly_the_width(
        self, value: float, scale: float, width: int, before: float | None, ascii: bool
    ) -> None:
        assert width_of(signed_bar(value, scale, width, before, ascii)) == width


class TestCells:
    def test_plus_stands_and_minus_hangs(self) -> None:
        assert cells((0.25, -0.25), "signed") == [("▂", "positive.2"), ("▆", "negative.2+reverse")]

    @pytest.mark.parametrize(("ascii", "mono"), [(True, False), (False, True), (True, True)])
    def test_sign_and_size_are_told_by_characters_alone_where_there_is_no_colour(self, ascii: bool, mono: bool) -> None:
        levels = [level / 8 for level in range(-8, 9)]
        drawn = cells(levels, "signed", 1.0, ascii, mono)
        assert len({glyph for glyph, _ in drawn}) == len(levels)
        assert not any("reverse" in style for _, style in drawn)

    def test_what_lies_beyond_the_scale_is_an_arrow(self) -> None:
        assert cells((9.0, -9.0), "signed") == [("▲", "positive.8"), ("▼", "negative.8")]
        assert cells((9.0, -9.0), "signed", ascii=True) == [("^", "positive.8"), ("v", "negative.8")]

    def test_a_gate_never_falls_below_zero_and_what_is_no_number_shows(self) -> None:
        assert cells((0.0, 1.0, math.nan, math.inf), "gate") == [
            ("·", "gate.0"),
            ("▇", "gate.8"),
            ("?", "alarm"),
            ("?", "alarm"),
        ]

    def test_inverting_twice_changes_nothing(self) -> None:
        assert inverted(inverted("negative.3+reverse")) == "negative.3+reverse"


class TestNumber:
    @pytest.mark.parametrize(
        ("value", "signed", "shown"),
        [
            (0.97, False, "0.97"),
            (0.97, True, "+0.97"),
            (-0.004, True, "+0.00"),
            (29.874, True, "+29.87"),
            (-123.45, True, "-123.5"),
            (-1234567.0, True, "-1e6"),
            (math.nan, True, "nan"),
            (math.inf, True, "+inf"),
            (-math.inf, False, "-inf"),
        ],
    )
    def test_two_decimals_while_they_fit(self, value: float, signed: bool, shown: str) -> None:
        assert number(value, signed) == shown

    @given(ANY, st.booleans(), st.sampled_from([5, 6]))
    def test_never_wider_than_asked(self, value: float, signed: bool, width: int) -> None:
        assert len(number(value, signed, width)) <= max(width, 6)


class TestLines:
    def test_fit_cuts_a_wide_character_to_a_space(self) -> None:
        assert text_of(fit([("a中b", "text")], 3)) == "a …"

    def test_wrap_keeps_every_word(self) -> None:
        assert wrap("how much of c̃ to write", 11) == ["how much of", "c̃ to write"]
