"""Explaining, looking along the text and imagining, in the installed program on a real terminal."""

from __future__ import annotations

import re
from collections.abc import Iterator
from decimal import Decimal

import pytest

from tests.terminal.driver import Terminal
from tests.terminal.opening import opened, resized

pytestmark = pytest.mark.terminal

WRITER = re.compile(r"'(.)' step (\d+) +([+-]\d+\.\d\d)")


TEXT = "(.((.)"


@pytest.fixture(scope="module")
def brackets() -> Iterator[Terminal]:
    with opened("brackets", "--text", TEXT) as terminal:
        yield terminal


@pytest.mark.parametrize(("columns", "rows"), [(80, 24), (120, 40)])
def test_who_wrote_the_unit_that_counts_brackets(brackets: Terminal, columns: int, rows: int) -> None:
    resized(brackets, columns, rows).press("escape", "home", "K")
    brackets.until(lambda text: "step 0/6" in text and "written by" not in text)
    brackets.press("end", "down", "down", "down", "enter")
    shown = brackets.until("written by")
    total = Decimal(re.search(r"c = ([+-]\d+\.\d\d) written by", shown)[1])  # type: ignore[index]
    writers = WRITER.findall(shown)
    assert {int(step) for _, step, _ in writers} <= set(range(1, 7))
    for char, step, amount in writers:
        assert TEXT[int(step) - 1] == char
        if char in "()":
            assert (Decimal(amount) > 0) is (char == "(")  # an open bracket adds one, a closing one takes it away
    rest = sum(map(Decimal, re.findall(r"(?:older|rounding) +([+-]\d+\.\d\d)", shown)))
    assert sum(Decimal(amount) for *_, amount in writers) + rest == total
    sums = re.findall(r"([+-]\d+\.\d{4}) = ((?:x '.'|h'|bias) .*?)(?:   |$)", shown, re.MULTILINE)
    assert len(sums) == 4
    for whole, parts in sums:
        assert sum(map(Decimal, re.findall(r"[+-]\d+\.\d{4}", parts))) == Decimal(whole)


def test_random_text_and_one_key_show_c_over_time() -> None:
    with opened("--fresh", "--hidden", "8", "--random", "100", columns=120, rows=40) as terminal:
        terminal.press("v")
        shown = terminal.until("c of every unit over time")
        units = [line for line in shown.splitlines() if re.match(r"[▸ ]\d [·▁▂▃▄▅▆▇█ ]{100} ±", line)]
        assert len(units) == 8
        terminal.press("v")
        terminal.until("c[0] over time")


def test_what_the_model_imagines_can_be_stepped_and_taken_away() -> None:
    with opened("--text", "hello", "hello") as terminal:
        terminal.press("right", "i", "0", "tab", "9")
        terminal.until(lambda text: re.search(r"temperature +0 (?s:.*)characters +9 ", text) is not None)
        terminal.press("enter")
        terminal.until("imagined 9 characters after step 1")
        assert "step 1/10" in terminal.text
        terminal.press("right", "right", "right", "right")
        terminal.until("step 5/10  reading 'o'")
        terminal.press("u")
        terminal.until("step 1/5")
