"""What may reach a terminal, and how a text becomes indices."""

from __future__ import annotations

import re
import sys
import unicodedata
from collections.abc import Iterable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lstm_tui.core.errors import UserError
from lstm_tui.core.vocabulary import LONGEST_SYMBOL, MOST_SYMBOLS, UnknownCharacters, Vocabulary, visible

ANY = st.characters(codec=None, categories=None)  # every code point, surrogates too
TEXTS = st.text(ANY, max_size=20)


def test_every_code_point_shows_as_something_harmless() -> None:
    for code in range(0x110000):
        assert visible(chr(code)).isprintable(), hex(code)  # which excludes every control, ESC first of all


@given(TEXTS)
def test_any_text_shows_as_something_harmless(text: str) -> None:
    shown = visible(text)
    assert shown.isprintable()
    assert not {unicodedata.category(ch) for ch in shown} & {"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"}
    assert not shown or unicodedata.category(shown[0])[0] != "M"
    assert visible(shown) == shown
    shown.encode("utf-8")


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("", ""),
        ("plain [bold]", "plain [bold]"),
        ("a\nb\t", "a␊b␉"),
        ("\x1b[31m", "␛[31m"),
        ("\x00\x7f", "␀␡"),
        ("\x9b", "U+009B"),
        ("\u202e", "U+202E"),
        ("\u2028", "U+2028"),
        ("\u00a0\u3000", "U+00A0U+3000"),
        ("\u3164", "U+3164"),
        ("❤\ufe0f", "❤U+FE0F"),
        ("\u0301", "◌\u0301"),
        ("\x00\u0301", "␀\u0301"),
        ("e\u0301", "e\u0301"),
        ("\ud800", "U+D800"),
        ("𝄞日本 é", "𝄞日本 é"),
    ],
)
def test_how_things_show(text: str, shown: str) -> None:
    assert visible(text) == shown


@given(TEXTS.filter(bool))
def test_a_texts_own_vocabulary_reads_it_back(text: str) -> None:
    vocabulary = Vocabulary.of(text)
    assert vocabulary.symbols == tuple(sorted(set(text)))
    assert "".join(vocabulary.symbols[code] for code in vocabulary.codes(text)) == text
    assert vocabulary.unknown(text) == {}
    assert len(vocabulary.split(text)) == len(text)


@given(
    st.lists(st.text("ab<\ud800😀", min_size=1, max_size=4), min_size=1, max_size=12, unique=True)
    | st.lists(
        st.builds(lambda n, end: "a" * n + end, st.integers(0, 40), st.sampled_from("a!b")), min_size=1, unique=True
    ),
    st.text("ab<\ud800😀x", max_size=30) | st.lists(st.sampled_from(["a" * 39, "aaa", "!", "b", "x"])).map("".join),
)
def test_longest_match_first(symbols: list[str], text: str) -> None:
    """Against a pattern of all symbols, the longest first; what it does not find stands alone."""
    vocabulary = Vocabulary(symbols)
    pattern = "|".join(map(re.escape, sorted(symbols, key=len, reverse=True)))
    wanted = re.findall(f"(?s:{pattern}|.)", text)
    assert list(vocabulary.split(text)) == wanted
    lacking = [symbol for symbol in wanted if symbol not in symbols]
    assert vocabulary.unknown(text) == {symbol: lacking.count(symbol) for symbol in lacking}
    if not lacking:
        assert "".join(vocabulary.symbols[code] for code in vocabulary.codes(text)) == text
    assert len(vocabulary.codes(text, unknown=symbols[-1])) == len(wanted)


def test_tokens_are_taken_literally() -> None:
    vocabulary = Vocabulary(["<eos>", "a", ".*", "a."])
    assert vocabulary.split("a.*a<eos>") == ["a.", "*", "a", "<eos>"]


def test_unknown_characters_are_all_listed_with_the_first_position() -> None:
    with pytest.raises(UnknownCharacters) as caught:
        Vocabulary.of("hello").codes("hi hey\x1bi")
    assert caught.value.counts == {"i": 2, " ": 1, "y": 1, "\x1b": 1}
    assert list(caught.value.counts) == ["i", " ", "y", "\x1b"]
    assert caught.value.first == 1
    sentence = str(caught.value)
    assert "'i' ×2, ' ' ×1, 'y' ×1, '␛' ×1" in sentence
    assert "first at position 1" in sentence
    assert "--unknown" in sentence
    assert "\x1b" not in sentence


def test_the_first_position_counts_characters_not_symbols() -> None:
    with pytest.raises(UnknownCharacters) as caught:
        Vocabulary(["<eos>", "a"]).codes("<eos>a<eos>!")
    assert caught.value.first == 11


def test_unknown_stands_for_what_is_lacking() -> None:
    assert Vocabulary.of("hello").codes("hey", unknown="o").tolist() == [1, 0, 3]
    with pytest.raises(UserError, match="--unknown '\\?' is not in the vocabulary"):
        Vocabulary.of("hello").codes("hello", unknown="?")


@pytest.mark.parametrize(
    ("symbols", "sentence"),
    [
        ([], "the vocabulary is empty"),
        (["a", ""], "an empty symbol at index 1"),
        (["a", "b", "a"], "'a' more than once"),
        (["\x1b", "\x1b"], "'␛' more than once"),
    ],
)
def test_unusable_vocabularies(symbols: list[str], sentence: str) -> None:
    with pytest.raises(UserError, match=sentence):
        Vocabulary(symbols)


def test_order_is_part_of_a_vocabulary() -> None:
    assert Vocabulary("ab") == Vocabulary(["a", "b"])
    assert Vocabulary("ab") != Vocabulary("ba")
    assert len({Vocabulary("ab"), Vocabulary("ab"), Vocabulary("ba")}) == 2


@pytest.mark.parametrize(
    ("symbols", "text"),
    [
        (["a" * n + "!" for n in range(900)], "a" * 3000),
        ([*("a" * n for n in range(1, 900)), "b"], "ab" * 1500),
        ([*("a" * n for n in range(1, 900)), "a" * 900 + "!"], ("a" * 899 + "b") * 4),
        (["a" * 900 + chr(0x4E00 + n) for n in range(900)], "a" * 3000),
    ],
)
def test_a_hostile_vocabulary_costs_a_few_looks_a_character(symbols: list[str], text: str) -> None:
    vocabulary = Vocabulary(symbols)
    vocabulary.split("a")
    calls = 0

    def count(_: object, event: str, what: object) -> None:
        nonlocal calls
        calls += event == "c_call" and getattr(what, "__name__", "") == "startswith"

    sys.setprofile(count)
    try:
        symbols_read = vocabulary.split(text)
    finally:
        sys.setprofile(None)
    assert "".join(symbols_read) == text
    assert calls < 40 * len(symbols_read)


@pytest.mark.parametrize(
    ("symbols", "sentence"),
    [
        (map(str, range(MOST_SYMBOLS + 1)), "has 400,001 symbols, more than 400,000"),
        (["a", "b" * (LONGEST_SYMBOL + 1)], "has a symbol of 1,001 characters"),
        ((f"{n:01000}" for n in range(4001)), "has symbols of 4,001,000 characters"),
    ],
)
def test_vocabularies_beyond_every_real_one(symbols: Iterable[str], sentence: str) -> None:
    with pytest.raises(UserError, match=f"the vocabulary {sentence}"):
        Vocabulary(symbols)
