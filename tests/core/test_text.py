"""A text as a sequence of inputs: found, joined and compared as a naive reading of it is."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from lstm_tui.core.text import Text, first_symbols
from lstm_tui.core.vocabulary import Vocabulary

LETTERS, TOKENS = Vocabulary("abc"), Vocabulary(["a", "b", "c", "ab<", "<"])
VOCABULARIES = st.sampled_from([LETTERS, TOKENS])


@given(st.text("ab", max_size=12), st.text("ab", min_size=1, max_size=3), st.integers(0, 12))
def test_finding_is_looking_everywhere(source: str, typed: str, position: int) -> None:
    places = [at + 1 for at in range(len(source)) if source.startswith(typed, at)]
    position = min(position, len(source))
    for vocabulary in (LETTERS, TOKENS):  # which split into a string, and into a list
        text = Text(vocabulary, source)
        assert text.find(typed, position, True) == next((p for p in places if p > position), None)
        assert text.find(typed, position, False) == next((p for p in places[::-1] if p < position), None)


@given(
    VOCABULARIES, st.lists(st.integers(0, 2), max_size=9), st.lists(st.integers(0, 2), max_size=9), st.integers(0, 9)
)
def test_going_on_with_other_inputs(vocabulary: Vocabulary, first: list[int], more: list[int], position: int) -> None:
    text = Text(vocabulary, "".join(vocabulary.symbols[code] for code in first))
    other = text.then(position, more)
    codes = [*text.codes.tolist()[:position], *more]
    assert other.codes.tolist() == codes
    assert list(other.symbols) == [vocabulary.symbols[code] for code in codes]
    assert other.source == "".join(other.symbols)
    assert len(other) == len(codes)
    assert text.codes.tolist() == Text(vocabulary, text.source).codes.tolist()  # untouched


def test_symbols_stay_what_they_are_where_a_text_of_them_would_be_split_otherwise() -> None:
    text = Text(TOKENS, "ab").then(2, [4])
    assert list(text.symbols) == ["a", "b", "<"]
    assert text.named(3) == ("x '<'",)
    assert list(text.split("ab<")) == ["ab<"]
    assert first_symbols(TOKENS, 9) == "abcab<<"
