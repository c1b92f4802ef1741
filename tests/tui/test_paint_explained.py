"""A unit explained on paper: printed parts add up to printed totals, whatever fits."""

from __future__ import annotations

import math
import re
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lstm_tui.tui.paint import EquationLine, text_of, width_of
from lstm_tui.tui.paint.explained import Account, ExplainedData, contributions, entries, half_life, paint_explained

AMOUNTS = st.floats(-50, 50, allow_nan=False)
TERMS = st.lists(AMOUNTS, min_size=1, max_size=40).map(
    lambda values: [(f"h[{at}]", value) for at, value in enumerate(sorted(values, key=abs, reverse=True))]
)
NUMBER = re.compile(r"[+-]\d+\.\d\d")


def numbers(text: str) -> list[Decimal]:
    return [Decimal(number) for number in NUMBER.findall(text)]


class TestContributions:
    @given(TERMS, st.integers(8, 120))
    def test_they_add_up_as_printed_and_fit(self, terms: list[tuple[str, float]], room: int) -> None:
        line = contributions(terms, room)
        assert width_of(line) <= room
        total, *parts = numbers(text_of(line)) or [Decimal(0)]
        if line:
            assert total == Decimal(f"{math.fsum(value for _, value in terms):.2f}")
            assert sum(parts) == total

    @given(TERMS)
    def test_every_name_carries_its_own_number(self, terms: list[tuple[str, float]]) -> None:
        shown = re.findall(r"(h\[\d+\]) ([+-]\d+\.\d\d)", text_of(contributions(terms, 60)))
        values = dict(terms)
        assert all(abs(float(number) - values[name]) < 0.01 + 1e-12 for name, number in shown)
        assert [name for name, _ in shown] == [name for name, _ in terms[: len(shown)]]

    def test_the_form(self) -> None:
        terms = [("x 'e'", 2.1), ("h[3]", -1.711), ("bias", 0.31), ("h[0]", 0.011), ("h[1]", 0.009)]
        assert (
            text_of(contributions(terms, 70)) == "+0.72 = x 'e' +2.10, h[3] -1.71, bias +0.31, h[0] +0.01, h[1] +0.01"
        )
        assert text_of(contributions(terms, 50)) == "+0.72 = x 'e' +2.10, h[3] -1.71, 3 more +0.33"

    def test_what_rounding_would_lose_is_given_to_who_lost_most(self) -> None:
        assert text_of(contributions([("a", 0.0141), ("b", 0.0142)], 60)) == "+0.03 = a +0.01, b +0.02"

    @pytest.mark.parametrize("bad", [math.nan, math.inf, -math.inf, 1e30])
    def test_what_cannot_be_added_on_paper_is_not(self, bad: float) -> None:
        assert text_of(contributions([("a", bad), ("b", 1.0)], 60)).endswith(" in all")


class TestAccount:
    @given(st.lists(AMOUNTS, max_size=12), AMOUNTS, st.integers(1, 14), st.booleans())
    def test_entries_add_up_to_the_total(self, amounts: list[float], rest: float, room: int, all_told: bool) -> None:
        amounts = sorted(amounts, key=abs, reverse=True)
        rest = 0.0 if all_told else rest
        total = math.fsum((*amounts, rest))
        writes = tuple(("x", step, amount) for step, amount in enumerate(amounts, 1))
        told = entries(Account(total, writes, rest, all_told), room)
        assert sum(part for *_, part in told) == round(Decimal(f"{total:.2f}") * 100)
        true = {f"step {step}": amount for _, step, amount in writes}
        assert all(abs(part / 100 - true[step]) < 0.01 + 1e-12 for _, step, part in told if step)
        assert len(told) <= max(room, 1)

    def test_the_largest_come_first_and_older_last(self) -> None:
        writes = (("(", 12, 0.97), ("(", 9, 0.95), (")", 13, -0.6))
        told = entries(Account(1.5, writes, 0.18), 3)
        assert told == [("'('", "step 12", 97), ("'('", "step 9", 95), ("older", "", -42)]

    def test_nothing_older_where_all_is_told(self) -> None:
        assert entries(Account(0.97, (("(", 1, 0.97),), 0.0, True), 5) == [("'('", "step 1", 97)]


def full(units: int = 8) -> ExplainedData:
    terms = tuple((f"h[{at}]", 1 / (at + 1)) for at in range(units))
    gates = [EquationLine(f"{name} = σ(-6.2077) = 0.0020", terms) for name in ("f", "i", "c̃", "o")]
    rest = [EquationLine("c = 0.0020 × 0.9571 + 0.9918 × -1.0000 = -0.99    (kept +0.00, written -0.99)")]
    account = Account(-0.99, tuple(("é", step, -0.09) for step in range(11, 0, -1)), 0.0, True)
    return ExplainedData("unit 2 at step 11", (*gates, *rest), "", account, (("f", 0.1, 0.5),), 1024, 12.5)


class TestPane:
    @pytest.mark.parametrize("size", [(60, 10), (80, 18), (80, 5), (120, 11), (120, 3), (200, 30), (61, 1)])
    @pytest.mark.parametrize("ascii", [False, True])
    def test_it_is_as_large_as_asked(self, size: tuple[int, int], ascii: bool) -> None:
        for data in (full(), full(64), ExplainedData("unit 0 at step 0", words="nothing"), ExplainedData("")):
            lines = paint_explained(data, *size, ascii)
            assert [width_of(line) for line in lines] == [size[0]] * size[1]
            words = "".join(text_of(line) for line in lines)
            assert not ascii or words.replace("é", "e").isascii()

    def test_a_screen_of_80_by_24_has_room_for_all_of_it(self) -> None:
        text = "\n".join(text_of(line) for line in paint_explained(full(), 80, 18))
        assert text.count("more") == 4
        assert "c = -0.99 written by (amounts, not causes)" in text
        assert text.count("'é' step") == 11
        assert "at this f, c halves in 12.5 steps" in text
        assert "1024 steps: f 10% under 0.1, 50% over 0.9" in text

    def test_the_writers_stand_beside_the_equations_where_it_is_wide(self) -> None:
        lines = [text_of(line) for line in paint_explained(full(), 120, 11)]
        assert "unit 2 at step 11" in lines[0]
        assert "c = -0.99 written by" in lines[0]
        assert any("σ(-6.2077)" in line and "'é' step 11" in line for line in lines)
        assert lines[-1].rstrip().endswith("-0.27")  # nine fit with the rest

    def test_names_of_characters_are_what_was_read_even_in_ascii(self) -> None:
        assert "'é' step 11" in text_of([run for line in paint_explained(full(), 80, 18, True) for run in line])

    @pytest.mark.parametrize(
        ("steps", "words"), [(math.inf, "keeps"), (0.5, "0.5 steps"), (1234.4, "1,234 steps"), (3e7, "3e7 steps")]
    )
    def test_half_lives(self, steps: float, words: str) -> None:
        assert half_life(steps) == words
