"""What may be typed after g."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lstm_tui.core.errors import UserError
from lstm_tui.tui.goto import Target, parse


class TestPlaces:
    @pytest.mark.parametrize(
        ("typed", "target"),
        [
            ("120", Target("step", 120)),
            ("+50", Target("step", 70)),
            ("-50", Target("step", 0)),
            ("50%", Target("step", 100)),
            (" 999 ", Target("step", 200)),
            ("t = 119", Target("step", 120)),
            ("t119", Target("step", 120)),
            ("t 999", Target("step", 200)),
            ("unit 37", Target("unit", 37)),
            ("u37", Target("unit", 37)),
        ],
    )
    def test_forms(self, typed: str, target: Target) -> None:
        assert parse(typed, position=20, length=200, units=64) == target

    @pytest.mark.parametrize(
        "typed", ["", "x", "1.5", "+", "unit", "unit -1", "unit 5%", "t", "t +1", "unit t 3", "1 2", "٣"]
    )
    def test_anything_else_is_refused_with_the_forms(self, typed: str) -> None:
        with pytest.raises(UserError, match=r"120 \(or t = 119\), \+50"):
            parse(typed, 20, 200, 64)

    def test_a_unit_that_is_not_there(self) -> None:
        with pytest.raises(UserError, match="units 0 to 63"):
            parse("unit 64", 20, 200, 64)

    @given(st.text(max_size=12))
    def test_nothing_typed_is_worse_than_a_sentence(self, typed: str) -> None:
        try:
            target = parse(typed, 3, 10, 4)
        except UserError:
            return
        assert 0 <= target.number <= 10
