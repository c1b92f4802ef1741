"""Vocabularies are found in a stated order, in every form people save them, and never guessed."""

from __future__ import annotations

import json
import string
from pathlib import Path
from typing import Any

import pytest
import torch

from lstm_tui.core.errors import UserError
from lstm_tui.engine.loading.foreign_model import ForeignModel
from tests.checkpoints.nets import Net, Vocab, read_foreign
from tests.checkpoints.wild import VOCAB, index_of


def opened(folder: Path, beside: dict[str, Any], **options: Any) -> ForeignModel:
    torch.save({"state_dict": Net(10, 8, 1).state_dict(), **beside}, folder / "m.pt")
    return read_foreign(folder / "m.pt", **options)


FORMS: dict[str, Any] = {
    "list": list(VOCAB),
    "tuple": VOCAB,
    "string": "".join(VOCAB),
    "symbol to index": index_of(VOCAB),
    "index to symbol": dict(enumerate(VOCAB)),
    "digits to symbol": {str(index): symbol for index, symbol in enumerate(VOCAB)},
    "bytes": [symbol.encode() for symbol in VOCAB],
    "object": Vocab(list(VOCAB), index_of(VOCAB)),
    "unsorted dict": dict(reversed(list(index_of(VOCAB).items()))),
}


@pytest.mark.parametrize("form", FORMS)
def test_every_form(form: str, tmp_path: Path) -> None:
    assert opened(tmp_path, {"vocab": FORMS[form]}).vocabulary == VOCAB


@pytest.mark.parametrize(
    "key", ["tokens", "chars", "itos", "stoi", "dictionary", "idx_to_char", "char_to_idx", "_itos"]
)
def test_every_key(key: str, tmp_path: Path) -> None:
    found = opened(tmp_path, {key: FORMS["symbol to index"]})
    assert found.vocabulary == VOCAB
    assert key in found.vocabulary_source


def test_what_a_file_says_under_two_names_in_one_order_is_one_vocabulary(tmp_path: Path) -> None:
    found = opened(tmp_path, {"hyper_parameters": {"vocab": list(VOCAB)}, "stoi": index_of(VOCAB)})
    assert found.vocabulary == VOCAB
    assert found.warnings == ()


class TestWhatIsNoVocabulary:
    @pytest.mark.parametrize(
        ("value", "why"),
        [
            (set(VOCAB), "a set has no order"),
            (list(VOCAB[:-1]), "it has 9 entries"),
            ([*VOCAB[:-1], "e"], "a symbol twice"),
            ([*VOCAB[:-1], ""], "empty symbol"),
            ({symbol: index + 1 for index, symbol in enumerate(VOCAB)}, "indices are not 0 to 9"),
            ([1, *VOCAB[1:]], "not all its entries are text"),
        ],
    )
    def test_says_why(self, value: Any, why: str, tmp_path: Path) -> None:
        found = opened(tmp_path, {"chars": value})
        assert found.vocabulary is None
        assert any(why in warning for warning in found.warnings)
        assert "--vocab" in found.vocabulary_source

    def test_two_orders_are_none(self, tmp_path: Path) -> None:
        found = opened(tmp_path, {"itos": list(VOCAB), "stoi": index_of(tuple(reversed(VOCAB)))})
        assert found.vocabulary is None
        assert any("different orders" in warning for warning in found.warnings)

    def test_a_wrong_one_is_passed_over_for_a_right_one(self, tmp_path: Path) -> None:
        found = opened(tmp_path, {"vocab": 10, "chars": set(VOCAB), "char2int": index_of(VOCAB)})
        assert found.vocabulary == VOCAB
        assert found.warnings == ()


class TestTheUsersOwn:
    def test_a_json_list_goes_before_the_file(self, tmp_path: Path) -> None:
        (tmp_path / "v.json").write_text(json.dumps(["<eos>", *"abcdefghi"]))
        found = opened(tmp_path, {"tokens": VOCAB}, vocab=tmp_path / "v.json")
        assert found.vocabulary == ("<eos>", *"abcdefghi")

    def test_a_sequence(self, tmp_path: Path) -> None:
        assert opened(tmp_path, {}, vocab=list("abcdefghij")).vocabulary == tuple("abcdefghij")

    def test_a_text_gives_its_sorted_characters(self, tmp_path: Path) -> None:
        (tmp_path / "t.txt").write_text("jihgfedcbaabc")
        assert opened(tmp_path, {}, vocab_from=tmp_path / "t.txt").vocabulary == tuple("abcdefghij")

    def test_a_text_of_another_size_is_an_error(self, tmp_path: Path) -> None:
        (tmp_path / "t.txt").write_text("abc")
        with pytest.raises(UserError, match="3 different characters, but the model has 10"):
            opened(tmp_path, {}, vocab_from=tmp_path / "t.txt")

    @pytest.mark.parametrize("text", ['["a"]', "nonsense", "17", "[" * 100_000, f'{{"{"k" * 3000}": {{"a": []}}}}'])
    def test_json_that_does_not_fit_is_an_error(self, text: str, tmp_path: Path) -> None:
        (tmp_path / "v.json").write_text(text)
        with pytest.raises(UserError, match="--vocab"):
            opened(tmp_path, {}, vocab=tmp_path / "v.json")

    def test_a_preset_of_the_right_size_is_offered(self, tmp_path: Path) -> None:
        torch.save(Net(100, 4, 1).state_dict(), tmp_path / "m.pt")
        assert "--vocab printable" in read_foreign(tmp_path / "m.pt").vocabulary_source
        assert read_foreign(tmp_path / "m.pt", vocab="printable").vocabulary == tuple(string.printable)

    def test_a_preset_of_another_size_is_an_error(self, tmp_path: Path) -> None:
        with pytest.raises(UserError, match="printable does not fit"):
            opened(tmp_path, {}, vocab="printable")


def test_control_characters_and_lone_surrogates_come_through_unchanged(tmp_path: Path) -> None:
    odd = ["\x00", "\x1b", "\ud800", "\u202e", "<eos>", "\n", "é", "\U0001f600", "a", "b"]
    assert opened(tmp_path, {"vocab": odd}).vocabulary == tuple(odd)


def test_settings_that_the_shapes_contradict_are_reported(tmp_path: Path) -> None:
    found = opened(tmp_path, {"n_hidden": 512, "n_layers": 1})
    assert any("n_hidden = 512" in warning for warning in found.warnings)
