"""A unit explained on paper: printed parts add up to printed totals, whatever fits."""

from __future__ import annotations

import math
import re
from dataclasses import replace
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lstm_tui.tui.paint import EquationLine, text_of, width_of
from lstm_tui.tui.paint.equations import Addend, addend_lines
from lstm_tui.tui.paint.explained import Account, ExplainedData, entries, half_life, paint_explained

AMOUNTS = st.floats(-50, 50, allow_nan=False)
NUMBER = re.compile(r"[+-]\d+\.\d{4}")


def told(x: float, h: float, bias: float, *terms: Addend) -> EquationLine:
    sums: tuple[Addend, ...] = (("x 'e'", x, None), ("h'", h, None), ("bias", bias, None))
    return EquationLine("f = σ(0.1000) = 0.5250", "f = σ(W_f·[h', x] + b_f)", sums, terms)


class TestAddends:
    @given(AMOUNTS, AMOUNTS, AMOUNTS)
    def test_the_sums_add_up_as_printed(self, x: float, h: float, bias: float) -> None:
        (line,) = addend_lines(told(x, h, bias), 90, 1)
        total, *parts = map(Decimal, NUMBER.findall(text_of(line)))
        assert sum(parts) == total == Decimal(f"{math.fsum((x, h, bias)):.4f}")

    def test_sums_come_first_then_weight_times_value_of_the_largest(self) -> None:
        line = told(-2.0187, 0.5, 0.31, ("h'[5]", -2.9031, -0.75), ("x 'e'", -2.0187, None), ("h'[2]", 0.5, 0.25))
        (one,) = addend_lines(line, 70, 1)
        assert text_of(one) == "-1.2087 = x 'e' -2.0187, h' +0.5000, bias +0.3100   …"
        first, second = addend_lines(line, 60, 3)
        assert text_of(second) == "h'[5] 3.8708×-0.7500   h'[2] 2.0000×0.2500"
        assert text_of(first) == "-1.2087 = x 'e' -2.0187, h' +0.5000, bias +0.3100"

    @given(st.integers(1, 120), st.integers(1, 4))
    def test_nothing_but_the_sums_is_wider_than_the_room(self, room: int, rows: int) -> None:
        terms = [(f"h'[{at}]", 0.5, 0.25) for at in range(9)]
        lines = list(addend_lines(told(1.0, 2.0, 3.0, *terms), room, rows))
        assert 1 <= len(lines) <= rows
        assert all(width_of(line) <= max(room, 53) for line in lines)

    @pytest.mark.parametrize("bad", [math.nan, math.inf, -math.inf, 1e30])
    def test_what_cannot_be_added_on_paper_is_not(self, bad: float) -> None:
        assert text_of(next(addend_lines(told(bad, 1.0, 1.0), 60, 1))).endswith(" in all")


class TestAccount:
    @given(st.lists(AMOUNTS, max_size=12), AMOUNTS, st.integers(1, 14), st.booleans())
    def test_entries_add_up_to_the_total(self, amounts: list[float], rest: float, room: int, complete: bool) -> None:
        amounts = sorted(amounts, key=abs, reverse=True)
        rest = 0.0 if complete else rest
        total = math.fsum((*amounts, rest))
        writes = tuple(("x", step, amount) for step, amount in enumerate(amounts, 1))
        told = entries(Account(total, writes, rest, complete), room)
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
    terms: tuple[Addend, ...] = tuple((f"h'[{at}]", 1 / (at + 1), 0.5) for at in range(units))
    sums: tuple[Addend, ...] = (("h'", 2.5, None), ("bias", 1.0, None))
    gates = [
        EquationLine(f"{name} = σ(-6.2077) = 0.0020", f"{name} = σ(W·[h', x] + b)", sums, terms)
        for name in ("f", "i", "c̃", "o")
    ]
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
        assert text.count("h' +2.5000, bias +1.0000") == 4
        assert "c = -0.99 written by (amounts, not causes)" in text
        assert text.count("'é' step") == 11
        assert "at this f, c halves in 12.5 steps" in text
        assert "1024 steps: f 10% under 0.1, 50% over 0.9" in text

    def test_a_cell_without_c_says_h_and_what_keeps_it(self) -> None:
        account = Account(0.97, (("(", 1, 0.97),), 0.0, True, "h", "1 - z")
        data = replace(full(), account=account)
        for width in (80, 120):
            text = "\n".join(text_of(line) for line in paint_explained(data, width, 18))
            assert "h = +0.97 written by" in text
            assert "at this 1 - z, h halves in 12.5 steps" in text

    def test_the_writers_stand_beside_the_equations_where_it_is_wide(self) -> None:
        lines = [text_of(line) for line in paint_explained(full(), 120, 11)]
        assert "unit 2 at step 11" in lines[0]
        assert "c = -0.99 written by" in lines[0]
        assert any("σ(-6.2077)" in line and "'é' step 11" in line for line in lines)
        assert lines[-1].rstrip().endswith("-0.27")  # nine fit with the rest

    def test_names_of_characters_are_what_was_read_even_in_ascii(self) -> None:
        assert "'é' step 11" in text_of([run for line in paint_explained(full(), 80, 18, True) for run in line])

    @pytest.mark.parametrize(
        ("steps", "words"),
        [
            (math.inf, "does not fade"),
            (0.5, "halves in 0.5 steps"),
            (1234.4, "halves in 1,234 steps"),
            (3e7, "halves in 3e7 steps"),
        ],
    )
    def test_half_lives(self, steps: float, words: str) -> None:
        assert half_life(steps) == words
