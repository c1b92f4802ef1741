"""Words and rows of numbers in the installed program on a real terminal, at three sizes."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest

from tests.terminal.driver import Terminal
from tests.terminal.opening import opened, resized

pytestmark = pytest.mark.terminal

SIZES = [(80, 24), (120, 40), (200, 60)]


@pytest.fixture(scope="module")
def weather() -> Iterator[Terminal]:
    with opened("weather") as terminal:
        yield terminal


@pytest.fixture(scope="module")
def arabic() -> Iterator[Terminal]:
    with opened("arabic") as terminal:
        yield terminal


@pytest.mark.parametrize(("columns", "rows"), SIZES)
def test_rows_show_the_target_over_time_their_channels_and_what_was_said(
    weather: Terminal, columns: int, rows: int
) -> None:
    resized(weather, columns, rows).press("escape", "home")
    weather.until("step 0/137")
    weather.press("right", "right", "right")
    weather.until("step 3/137")
    strip, status, guess = weather.lines[1], weather.lines[2], weather.lines[-2]
    assert set(strip.strip()) <= set("▁▂▃▄▅▆▇█")
    assert re.search(r"2026-04-01 02:00 +temp 7.4 \(-1.37\)", status)
    assert status.rstrip().endswith("loss, scaled 0.00")
    assert re.search(r"guess temp +\d+\.\d+ +true 7 ", guess)


@pytest.mark.parametrize(("columns", "rows"), SIZES)
def test_words_stand_from_the_right_a_word_in_each_place(arabic: Terminal, columns: int, rows: int) -> None:
    resized(arabic, columns, rows).press("escape", "home")
    arabic.until("step 0/224")
    arabic.press("right", "right")
    arabic.until("step 2/224")
    text = arabic.lines[1]
    first, second, third = (text.rindex(word) for word in ("ذهب", "الولد", "إلى"))
    assert third < second < first  # letters of a word stay together, the order of words turns round
    assert columns - first <= 8
    assert "reading 'الولد" in arabic.lines[2]
