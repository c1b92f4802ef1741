"""From options to a debugger: what goes together, what contradicts itself, and what must be said on opening."""

from __future__ import annotations

import json
import math
from pathlib import Path
from typing import Any

import pytest

from lstm_tui.core.errors import UserError
from lstm_tui.core.filesystem.bundled import bundled_path
from lstm_tui.core.options import ModelOptions
from lstm_tui.core.vocabulary import UnknownCharacters
from lstm_tui.debugger.debugger import Debugger
from lstm_tui.debugger.prepare import prepare
from lstm_tui.engine.loading.open import worse_than_guessing
from tests.files_made import with_metadata

HELLO = Path(bundled_path("hello") or "")


def opened(**said: Any) -> Debugger:
    return prepare(ModelOptions(**said)).open()


def refused(**said: Any) -> str:
    """The sentence with which these options are refused, before torch where `prepare` can tell."""
    with pytest.raises(UserError) as caught:
        opened(**said)
    assert str(caught.value).isprintable()
    return str(caught.value)


@pytest.fixture
def model(tmp_path: Path) -> str:
    """A model file of two layers, 3 and 3 units, trained a little on 'abcabc'."""
    debugger = opened(text="abcabc", hidden=3, layers=2, cell="fused", seed=5)
    training = debugger.training(epochs=30)
    training.run()
    debugger.adopt(training)
    path = str(tmp_path / "model.safetensors")
    debugger.save(path)
    return path


class TestWhatIsOpened:
    """Which model and which text options mean."""

    def test_nothing_said_is_the_bundled_hello(self) -> None:
        about = opened().about
        assert (about.name, about.cell, about.hidden_sizes, about.epochs) == ("hello", "by-hand", (8,), 200)
        assert opened().text == "hello"
        assert about.notes == ()

    @pytest.mark.parametrize(
        "said",
        [{"hidden": 3}, {"layers": 2}, {"seed": 7}, {"forget_bias": 2.0}, {"fresh": True}, {"text": "hello"}],
    )
    def test_shape_or_text_without_a_model_is_a_fresh_one(self, said: dict[str, Any]) -> None:
        debugger = opened(**said)
        assert (debugger.about.name, debugger.about.epochs, debugger.about.loss) == ("fresh", 0, None)
        assert debugger.text == "hello"
        assert debugger.about.hidden_sizes == (said.get("hidden", 8),) * said.get("layers", 1)
        assert debugger.about.path is None

    def test_a_text_brings_its_own_vocabulary(self) -> None:
        assert opened(text="banana").about.vocabulary == ("a", "b", "n")

    def test_a_model_brings_its_text(self, model: str) -> None:
        debugger = opened(model=model)
        assert debugger.text == "abcabc"
        assert (debugger.about.name, debugger.about.cell, debugger.about.epochs) == ("model", "fused", 30)
        assert debugger.about.path == model
        assert not debugger.about.unsaved

    def test_another_text_and_another_cell(self, model: str) -> None:
        debugger = opened(model=model, text="cab", cell="builtin")
        assert (debugger.text, debugger.about.cell) == ("cab", "builtin")
        same = opened(model=model, text="cab")
        assert debugger.to(3).layers[1].values["c"] == pytest.approx(same.to(3).layers[1].values["c"], abs=1e-6)

    def test_fresh_with_a_model_takes_its_shape_text_and_cell(self, model: str) -> None:
        debugger = opened(model=model, fresh=True, seed=1)
        assert (debugger.about.hidden_sizes, debugger.about.cell, debugger.text) == ((3, 3), "fused", "abcabc")
        assert (debugger.about.epochs, debugger.about.path) == (0, None)
        plain = opened(text="abcabc", hidden=3, layers=2, cell="fused", seed=1)
        assert debugger.to(6).layers[1].values == plain.to(6).layers[1].values
        assert opened(model=model, fresh=True, hidden=5, layers=1).about.hidden_sizes == (5,)

    def test_fresh_keeps_unequal_widths(self, tmp_path: Path) -> None:
        from lstm_tui.checkpoints.own.model_file import ModelHeader
        from lstm_tui.core.vocabulary import Vocabulary
        from lstm_tui.engine.loading.own_file import tensors_of, to_bytes
        from lstm_tui.engine.network import fresh

        network = fresh(2, (5, 2))
        shapes = {name: tuple(tensor.shape) for name, tensor in tensors_of(network).items()}
        path = tmp_path / "m.safetensors"
        path.write_bytes(to_bytes(network, ModelHeader("by-hand", Vocabulary("ab"), "ab", 0, 0, None, shapes)))
        assert opened(model=str(path)).about.hidden_sizes == (5, 2)
        assert opened(model=str(path), fresh=True).about.hidden_sizes == (5, 2)

    def test_a_file_called_like_a_bundled_model(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.chdir(tmp_path)
        assert "there is no file './hello'" in refused(model="./hello")
        assert opened(model="hello").about.name == "hello"

    def test_the_seed_is_drawn_once_and_for_all(self) -> None:
        one, two, other = opened(seed=3), opened(seed=3), opened(seed=4)
        assert one.to(5).layers[0].values == two.to(5).layers[0].values
        assert one.step.layers[0].values != other.to(5).layers[0].values

    def test_a_forget_bias_opens_the_gates(self) -> None:
        for cell in ("by-hand", "fused", "builtin"):
            f = opened(hidden=64, forget_bias=2.0, cell=cell).forward().layers[0].values["f"]
            assert sum(f) / 64 == pytest.approx(0.88, abs=0.02)

    @pytest.mark.parametrize("text", ["h", "hh", "\x1b", "日本", "a" * 3000], ids=len)
    def test_any_text(self, text: str) -> None:
        debugger = opened(text=text, hidden=1)
        assert debugger.to(10**9).position == len(text)


class TestVocabularies:
    """Where the vocabulary comes from."""

    def test_a_json_list_in_index_order(self, tmp_path: Path) -> None:
        path = tmp_path / "v.json"
        path.write_text(json.dumps(["o", "<eos>", "l", "e", "h"]))
        debugger = opened(text="hello<eos>", vocab=str(path))
        assert debugger.about.vocabulary == ("o", "<eos>", "l", "e", "h")
        assert debugger.length == 6
        assert debugger.symbols[5] == "<eos>"

    @pytest.mark.parametrize("text", ["{}", "[1]", '"ab"', "[", "[[]]", "null"])
    def test_what_is_no_list(self, text: str, tmp_path: Path) -> None:
        path = tmp_path / "v.json"
        path.write_text(text)
        assert "is not a vocabulary: give a JSON list" in refused(text="a", vocab=str(path))

    def test_the_characters_of_a_text(self, tmp_path: Path) -> None:
        path = tmp_path / "t.txt"
        path.write_text("zebra", encoding="utf-8")
        assert opened(text="bar", vocab_from=str(path)).about.vocabulary == ("a", "b", "e", "r", "z")

    def test_both(self, tmp_path: Path) -> None:
        assert "--vocab and --vocab-from both" in refused(text="a", vocab="x", vocab_from="y")

    def test_as_many_as_the_model_has(self, tmp_path: Path, model: str) -> None:
        path = tmp_path / "v.json"
        path.write_text(json.dumps(["a", "b"]))
        assert "has 2 symbols, but the model has 3" in refused(model=model, vocab=str(path))

    def test_unknown_characters(self, model: str) -> None:
        with pytest.raises(UnknownCharacters, match=r"'x' ×2, 'y' ×1 \(the first at position 2\)"):
            prepare(ModelOptions(model=model, text="abxyx"))
        assert opened(model=model, text="abx", unknown="c").length == 3
        assert "--unknown 'x' is not in the vocabulary" in refused(model=model, text="abx", unknown="x")


class TestWhatCannotBe:
    """Options that contradict themselves, and files that are no models."""

    @pytest.mark.parametrize(
        ("said", "option"),
        [({"hidden": 4}, "--hidden"), ({"layers": 1}, "--layers"), ({"seed": 0}, "--seed"),
         ({"forget_bias": 1.0}, "--forget-bias")],
    )  # fmt: skip
    def test_a_shape_for_a_model_that_has_one(self, said: dict[str, Any], option: str) -> None:
        sentence = refused(model="hello", **said)
        assert sentence.startswith(f"{option} is for a fresh model")
        assert "--fresh" in sentence

    @pytest.mark.parametrize(
        ("said", "sentence"),
        [
            ({"hidden": 0}, "--hidden cannot be less than 1 (got 0)"),
            ({"layers": -1}, "--layers cannot be less than 1 (got -1)"),
            ({"epochs": -1}, "--epochs cannot be less than 1 (got -1)"),
            ({"epochs": 0}, "--epochs cannot be less than 1 (got 0)"),
            ({"seed": -1}, "--seed cannot be -1: give"),
            ({"seed": 2**63}, f"--seed cannot be {2**63}: give"),
            ({"forget_bias": float("nan")}, "--forget-bias cannot be nan: give"),
            ({"forget_bias": 1e39}, "--forget-bias cannot be 1e+39: give"),
            ({"text": "a", "file": "b"}, "--text and --file both"),
            ({"text": ""}, "--text is empty"),
            ({"text": "a\udcff"}, "not UTF-8"),
            ({"text": "ab", "cell": "fusd"}, "did you mean fused?"),
            ({"text": "ab", "device": "gpu"}, "--device gpu is unknown"),
            ({"file": "/no/such/file"}, "there is no file"),
            ({"text": "ab", "vocab": "/no/such/file"}, "there is no file"),
        ],
    )
    def test_one_sentence(self, said: dict[str, Any], sentence: str) -> None:
        assert sentence in refused(**said)

    def test_a_folder(self, tmp_path: Path) -> None:
        assert "is a folder" in refused(model=str(tmp_path))

    def test_a_model_that_remembers_no_text(self, tmp_path: Path) -> None:
        path = tmp_path / "m.safetensors"
        path.write_bytes(with_metadata(HELLO.read_bytes(), text=None))
        assert "contains no text" in refused(model=str(path))
        assert opened(model=str(path), text="hello").length == 5

    @pytest.mark.parametrize("length", [1, 9, 100, 700, 2000])
    def test_a_model_cut_off(self, length: int, tmp_path: Path) -> None:
        path = tmp_path / "m.safetensors"
        path.write_bytes(HELLO.read_bytes()[:length])
        assert "m.safetensors" in refused(model=str(path))


class TestWorseThanGuessing:
    """A vocabulary in the wrong order is the usual bug of a checkpoint; it is said when it shows."""

    def shuffled(self, tmp_path: Path, symbols: str) -> str:
        path = tmp_path / "v.json"
        path.write_text(json.dumps(list(symbols)))
        return str(path)

    def test_another_order(self, tmp_path: Path) -> None:
        for symbols in ("oleh", "hole", "lohe"):
            (note,) = opened(model="hello", vocab=self.shuffled(tmp_path, symbols)).about.notes
            assert "is worse than guessing (ln 4 = 1.39)" in note
            assert "vocabulary in a different order" in note

    def test_another_order_in_the_file_itself(self, tmp_path: Path) -> None:
        path = tmp_path / "m.safetensors"
        path.write_bytes(with_metadata(HELLO.read_bytes(), vocab=json.dumps(list("oleh"))))
        assert "vocabulary in a different order" in opened(model=str(path)).about.notes[0]
        assert "vocabulary in a different order" in opened(model=str(path), text="hell").about.notes[0]

    def test_good_and_fresh_models_are_not_blamed(self, model: str, tmp_path: Path) -> None:
        assert opened(model="hello").about.notes == ()
        assert opened(model=model).about.notes == ()
        assert opened(model="hello", text="h").about.notes == ()
        for seed in range(12):
            assert opened(text="abcdefgh", hidden=2, seed=seed, forget_bias=3.0).about.notes == ()

    def test_an_untrained_model_in_a_file_is_not_blamed(self, tmp_path: Path) -> None:
        path = str(tmp_path / "fresh.safetensors")
        for seed in range(6):
            opened(text="aaab", hidden=1, seed=seed).save(path, force=True)
            assert opened(model=path).about.notes == ()

    def test_a_text_unlike_the_one_learned_is_not_blamed_on_the_vocabulary(self) -> None:
        (note,) = opened(model="hello", text="ooooooo").about.notes
        assert "this text is unlike the one that the model was trained on" in note

    def test_infinite_weights_are_not_blamed_on_the_vocabulary(self) -> None:
        debugger = opened(model="hello")
        model = debugger.debuggee.network.copy()
        assert model.output is not None
        model.output.weight[1, 1] = math.inf
        assert worse_than_guessing(debugger.debuggee.rollout.anew(model)) == ()

    def test_notes_about_the_text_come_first(self, tmp_path: Path) -> None:
        path = tmp_path / "t.txt"
        path.write_bytes(b"\xef\xbb\xbfhello")
        (note,) = opened(file=str(path)).about.notes
        assert "byte order mark" in note
