"""What a page holds is what the trace has, to the last bit, and nothing in it can end the element it stands in."""

from __future__ import annotations

import json
import math
import struct
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lstm_tui.core.errors import UserError
from lstm_tui.core.quantities import LSTM
from lstm_tui.core.step import Equation, Guess, Prediction, Step, Term
from lstm_tui.core.vocabulary import visible
from lstm_tui.pages.page import Chapter, Scene, explained_units, framed, page, trace_page
from lstm_tui.pages.records import Records, dumped
from tests.steps import made_about, made_step

HOSTILE = [
    "</script><script>alert(1)</script>",
    "<!--<script>",
    "]]>--><img src=x onerror=alert(1)>",
    "\u2028alert(1)//\u2029",
    "\\u003c/script\\u003e",
    "\"'`${alert(1)}",
    "&lt;/script&gt;&#60;script&#62;",
    "\x1b]0;x\x07\x00\u202e\ud800",
]


def rounded(number: object) -> float:
    """What `Math.fround` makes of a number of the page."""
    value = float({"NaN": "nan", "Inf": "inf", "-Inf": "-inf"}.get(str(number), number))  # type: ignore[arg-type]
    return float(struct.unpack("f", struct.pack("f", value))[0]) if math.isfinite(value) else value


class Told:
    """A source that says what it was given wherever it can say something."""

    quantities = LSTM

    def __init__(self, said: str) -> None:
        self.said = said
        self.about = replace(made_about([said, "e"]), name=said, cell=said, notes=(said,))
        self.symbols = (said,) * 5
        self.interventions = (said,)

    def equations(self, layer: int, unit: int, position: int) -> tuple[Equation, ...]:
        return (Equation("f", self.said, 0.5, (Term(self.said, 0.25), Term(self.said, 0.25))),)

    def step(self) -> Step:
        guess = Guess(0, self.said, 0.5)
        prediction = Prediction((1.0, 2.0), (guess,), guess, 0.5, 0.5)
        return replace(made_step(char=self.said), problem=self.said, prediction=prediction)


@settings(max_examples=50)
@given(values=st.lists(st.floats(width=32), min_size=1, max_size=4))
def test_a_number_of_float32_reads_back_to_the_bit(values: list[float]) -> None:
    record = json.loads(Records(LSTM).record(made_step(values=tuple(values)), {}))
    assert record["s"] == 1
    for vector in record["v"][0]:
        assert all(a == b or (a != a and b != b) for a, b in zip(map(rounded, vector), values, strict=True))


@settings(max_examples=50)
@given(values=st.lists(st.floats(allow_nan=False, allow_infinity=False), min_size=1, max_size=4))
def test_a_number_of_float64_reads_back_to_the_bit(values: list[float]) -> None:
    record = json.loads(Records(LSTM).record(made_step(values=tuple(values)), {}))
    read = rounded if record["s"] else float
    assert all(list(map(read, vector)) == values for vector in record["v"][0])


@settings(max_examples=30)
@given(text=st.text())
def test_no_string_holds_anything_that_html_reads(text: str) -> None:
    written = dumped([text])
    assert written.isascii()
    assert not set("<>&") & set(written)
    assert json.loads(written) == [text]


@pytest.mark.parametrize("said", HOSTILE)
def test_a_hostile_word_changes_nothing_but_the_data(said: str) -> None:
    """Whatever is said anywhere, the page is the page of a harmless word, the data and the title apart."""
    told, harmless = Told(said), Told("word")
    whole, other = ("".join(trace_page(each, [each.step()], "1")) for each in (told, harmless))
    pieces, others = ([part.partition("</script>")[2] for part in each.split('id="data">')] for each in (whole, other))
    assert pieces[1] == others[1]
    head, _, rest = whole.partition('id="data">')
    assert head.count("<script") == 1, "the data's own element"
    assert head.lower().count("<title") == 1
    assert "onerror=alert(1)>" not in head
    data = json.loads(rest.partition("</script>")[0])
    (chapter,) = data["chapters"]
    assert chapter["name"] == chapter["notes"][0] == chapter["text"][0] == chapter["names"][0] == visible(said)
    assert chapter["steps"][0]["m"] == chapter["steps"][0]["g"]["top"][0][0] == visible(said)
    for character in "\x1b\x00\u202e\u2028\ud800":
        assert character not in whole


@pytest.mark.parametrize("said", HOSTILE)
def test_a_caption_and_a_frame_in_a_notebook_are_as_harmless(said: str) -> None:
    chapter = Chapter(Told("e"))
    chapter.add(made_step(), {})
    whole = "".join(page([chapter], [Scene(0, 0, 0, said)], "lesson", "1"))
    data = json.loads(whole.partition('id="data">')[2].partition("</script>")[0])
    assert data["scenes"][0][3] == visible(said)
    element = framed(whole)
    assert element.count("<") == 2
    assert element.count('"') == len(['sandbox=""', 'title=""', 'width=""', 'height=""', 'style=""', 'srcdoc=""']) * 2


def test_the_units_explained_are_those_that_move_where_there_is_no_room_for_all() -> None:
    still, moving = made_step(values=(0.5,) * 5000), made_step(values=(0.5,) * 4998 + (-0.5, 0.5))
    assert len(explained_units([8], [made_step(values=(0.5,) * 8)], 8)) == 8
    assert explained_units([5000], [still, moving], 1000) == [(0, 4998)]
    assert (0, 4998) in explained_units([5000], [still, moving] * 4, 10_000)
    assert len(explained_units([5000], [still, moving] * 4, 10_000)) == 4


def test_a_page_no_browser_could_show_is_refused_before_it_is_begun() -> None:
    told = Told("e")
    told.about = made_about(sizes=(50_000,))
    with pytest.raises(UserError, match="more than 3 steps of this model is too large"):
        next(trace_page(told, [made_step()] * 4, "1"))
    with pytest.raises(UserError, match="at least one step"):
        next(trace_page(told, [], "1"))
