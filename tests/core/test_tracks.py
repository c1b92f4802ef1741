"""Tracks of a text, each against a way to say it that looks at the whole text before the step."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lstm_tui.core.errors import UserError
from lstm_tui.core.questions.tracks import Track, check_track, track_of_csv, track_of_text

WHOLE: dict[str, Callable[[str], float]] = {
    "quote": lambda read: read.count('"') % 2,
    "column": lambda read: len(read) - 1 - read.rfind("\n"),
    "indent": lambda read: len(re.search(r"[ \t]*", read[read.rfind("\n") + 1 :]).group()),  # type: ignore[union-attr]
    "word": lambda read: bool(re.fullmatch(r"\w", read[-1])),
    "upper": lambda read: read[-1].isupper(),
    "digit": lambda read: read[-1] in "0123456789",
    "regex:ab*": lambda read: False,  # replaced in the test: a match is only known from the whole text
}


@given(st.text('ab\n "\t()B1', min_size=1, max_size=40), st.sampled_from(sorted(WHOLE)))
def test_a_track_is_what_has_been_read_so_far(text: str, name: str) -> None:
    expected = [float(WHOLE[name](text[: at + 1])) for at in range(len(text))]
    if name.startswith("regex"):
        inside = {at for found in re.finditer("ab*", text) for at in range(*found.span())}
        expected = [float(at in inside) for at in range(len(text))]
    assert list(track_of_text(name, text).values) == expected
    if not name.startswith("regex"):
        assert list(track_of_text(name, list(text)).values) == expected, "symbols may be a list"


def test_depth_counts_open_brackets_and_never_falls_below_none() -> None:
    assert list(track_of_text("depth", "a(b[)]){").values) == [0, 1, 1, 2, 1, 0, 0, 1]


def test_a_csv_column_is_one_number_a_step() -> None:
    lines = ["step,depth", "0,1.5", "1,-2", "2,0"]
    track = track_of_csv("csv:x#depth", lines, "depth", 3)
    assert list(track.values) == [1.5, -2.0, 0.0]
    assert not track.yes_no
    assert track_of_csv("csv:x#step", lines[:3], "step", 2).yes_no


@pytest.mark.parametrize(
    ("lines", "column", "says"),
    [
        ([], "a", "empty"),
        (["a,b", "1,2"], "c", "no column 'c'"),
        (["a,b", "1,2", "1,x"], "b", "'x' on line 3"),
        (["a", "nan"], "a", "'nan' on line 2"),
        (["a,b", "1"], "b", "line 2"),
        (["a", "1"], "a", "1 rows for 2 steps"),
    ],
)
def test_a_csv_that_does_not_fit_is_refused_with_its_place(lines: list[str], column: str, says: str) -> None:
    with pytest.raises(UserError, match=re.escape(says)):
        track_of_csv("csv:x#c", lines, column, 2)


@pytest.mark.parametrize("name", ["", "dpth", "regex:(", "regex:[", "when", "csv"])
def test_what_is_no_track_is_refused(name: str) -> None:
    with pytest.raises(UserError):
        track_of_text(name, "abc")


@pytest.mark.parametrize("values", [[], [1, 1, 1, 1], [0, 0, 0, 1]])
def test_a_track_that_never_changes_has_no_followers(values: list[float]) -> None:
    from array import array

    with pytest.raises(UserError, match="no unit can follow"):
        check_track(Track("depth", array("f", values)))
