"""Printed parts add up to the printed total, digit for digit, each less than a unit from its value."""

from __future__ import annotations

import math
from decimal import Decimal

import numpy
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from lstm_tui.core.sums import hundredths, shares, signed
from lstm_tui.engine.explain.formatting import parts

EDGES = (0.0, -0.0, 0.005, -0.005, 0.015, 0.0049999999, -0.0050000001, 5e-324, -1e-300, 0.01, -0.01, 9999.995, -1e4)
VALUES = st.floats(-1e4, 1e4) | st.floats(-1, 1) | st.floats(-0.02, 0.02) | st.sampled_from(EDGES)


def added(told: tuple[int, ...]) -> Decimal:
    return sum((Decimal(signed(part)) for part in told), Decimal(0))


@settings(max_examples=400)
@given(st.lists(VALUES, min_size=1, max_size=20))
@example([0.035, 0.835])
@example([0.005] * 7)
@example([-0.005] * 8)
@example([1e4, -1e4, 0.005])
def test_they_add_up_as_printed_and_each_is_less_than_a_unit_off(values: list[float]) -> None:
    total = math.fsum(values)
    told = shares(values, total)
    assert told is not None
    assert added(told) == Decimal(f"{total:z.2f}")
    assert all(
        abs(Decimal(signed(part)) - Decimal(value)) < Decimal("0.01") + Decimal("1e-11")
        for part, value in zip(told, values, strict=True)
    )
    assert not any(signed(part) == "-0.00" for part in told)


@settings(max_examples=400)
@given(VALUES, VALUES)
def test_a_sum_that_float32_has_rounded_adds_up_or_is_not_taken_apart(one: float, other: float) -> None:
    whole = float(numpy.float32(one + other))
    said = parts(("kept", one), ("written", other), whole)
    told = shares((one, other), whole, 4)
    assert (said == "") == (told is None)
    if told is not None:
        assert said == f"    (kept {signed(told[0], 4)}, written {signed(told[1], 4)})"
        assert sum(told) == round(Decimal(f"{whole:z.4f}") * 10_000)
    else:
        assert abs(whole - (one + other)) > 1e-9


def test_the_fault_that_was_seen() -> None:
    assert (hundredths(0.0352), hundredths(0.8352), hundredths(0.8704)) == (4, 84, 87)
    assert parts(("kept", 0.0352), ("written", 0.8352), 0.8704) == "    (kept +0.0352, written +0.8352)"


@pytest.mark.parametrize("bad", [math.nan, math.inf, -math.inf, 1e30])
def test_what_cannot_be_added_on_paper_is_withheld(bad: float) -> None:
    assert shares((bad, 1.0), bad) is shares((1.0, 2.0), bad) is None
    assert parts(("kept", bad), ("written", 1.0), bad) == ""


def test_parts_of_another_sum_are_withheld() -> None:
    assert shares((0.5, 0.25), 0.77) is None
    assert shares((0.5, 0.25), 0.73) is None
