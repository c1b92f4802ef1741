"""Model files read without torch: every damage is one sentence."""

from __future__ import annotations

import contextlib
import json
import os
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lstm_tui.checkpoints.own.model_file import ModelHeader, is_ours, parse, read_ours, short_name
from lstm_tui.core.errors import UserError
from lstm_tui.core.filesystem.bundled import bundled, bundled_path
from lstm_tui.core.vocabulary import Vocabulary
from tests.files_made import Header, changed, joined, split, with_metadata

PATH = bundled_path("hello") or ""
HELLO = Path(PATH).read_bytes()


def refused(data: bytes) -> str:
    """The sentence with which `parse` refuses `data`: one line, harmless, with the file's name."""
    with pytest.raises(UserError) as caught:
        parse(data, "some\x1bfile.safetensors")
    sentence = str(caught.value)
    assert sentence.isprintable()
    assert "some␛file.safetensors" in sentence
    return sentence


def test_the_shipped_hello() -> None:
    header = parse(HELLO, PATH)
    assert header.cell == "by-hand"
    assert header.vocabulary.symbols == ("e", "h", "l", "o")
    assert (header.text, header.seed, header.epochs, header.hidden_sizes) == ("hello", 0, 200, (8,))
    assert list(header.expected()) == [
        *(f"lstm.{part}_l0" for part in ("weight_ih", "weight_hh", "bias_ih", "bias_hh")),
        "fc.weight",
        "fc.bias",
    ]
    assert is_ours(HELLO)


def test_bundled_names_are_names_and_not_paths() -> None:
    assert bundled()[0][0] == "hello"
    assert bundled_path("hello") == PATH
    assert bundled_path("./hello") is None
    assert bundled_path("") is None


@pytest.mark.parametrize("length", [*range(40), *range(40, len(HELLO), 61), len(HELLO) - 1])
def test_a_file_cut_off_anywhere(length: int) -> None:
    sentence = refused(HELLO[:length])
    assert "cut off" in sentence or "does not begin like a safetensors file" in sentence


def test_a_file_with_something_behind_it() -> None:
    assert "is cut off" in refused(HELLO + b"\0")


def without(name: str) -> Callable[[Header], object]:
    return lambda header: header.pop(name)


def shaped(name: str, shape: object) -> Callable[[Header], object]:
    return lambda header: header[name].update(shape=shape)


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        (without("fc.bias"), "lacks the tensor fc.bias"),
        (without("lstm.bias_hh_l0"), "lacks the tensor lstm.bias_hh_l0"),
        (without("lstm.weight_hh_l0"), "it has no LSTM"),
        (shaped("lstm.weight_ih_l0", [32, 5]), r"lstm.weight_ih_l0 is \[32, 5\], and 4 symbols with \[8\] units"),
        (shaped("fc.bias", [4, 1]), "contradicts itself"),
        (shaped("fc.bias", [-4]), "no valid shape"),
        (shaped("fc.bias", "4"), "no valid shape"),
        (shaped("fc.bias", [4.0]), "no valid shape"),
        (shaped("fc.bias", None), "no valid shape"),
        (lambda header: header.update(more=header["fc.bias"]), "contains tensors that nothing uses: more"),
        (lambda header: header.update(more=None), "no valid shape"),
        (lambda header: header.update(__metadata__=[]), "metadata are not strings"),
        (lambda header: header["__metadata__"].update(seed=0), "metadata are not strings"),
    ],
)
def test_headers_that_do_not_fit(change: Callable[[Header], object], sentence: str) -> None:
    with pytest.raises(UserError, match=sentence):
        parse(changed(HELLO, change), "x")


@pytest.mark.parametrize(
    ("values", "sentence"),
    [
        ({"lstm_tui.format": None}, "from another program"),
        ({"lstm_tui.format": "3"}, "has format 3, this lstm-tui reads format 1 and 2"),
        ({"vocab": None}, "no vocabulary"),
        ({"vocab": "{"}, "no vocabulary"),
        ({"vocab": '{"e": 0}'}, "no vocabulary"),
        ({"vocab": "[1, 2, 3, 4]"}, "no vocabulary"),
        ({"vocab": "[" * 100_000}, "no vocabulary"),
        ({"vocab": "[]"}, "the vocabulary is empty"),
        ({"vocab": '["e", "h", "l", "l"]'}, "more than once"),
        ({"vocab": '["e", "h", "l"]'}, "3 symbols"),
        ({"seed": "zero"}, "seed = 'zero', which is not a number"),
        ({"epochs": "1.5"}, "epochs = '1.5', which is not a number"),
        ({"epochs": "-5"}, "epochs = '-5'"),
        ({"epochs": "9" * 5000}, "epochs = "),
        ({"loss": "\x1b[2J"}, "loss = '␛"),
    ],
)
def test_metadata_that_do_not_fit(values: dict[str, object], sentence: str) -> None:
    assert sentence in refused(with_metadata(HELLO, **values))


def test_what_a_file_does_not_say_is_not_known() -> None:
    header = parse(with_metadata(HELLO, cell=None, text=None, seed=None, epochs=None, loss=None), "x")
    assert (header.text, header.seed, header.epochs, header.loss) == ("", None, None, None)


@pytest.mark.parametrize("text", [b"{" + b" " * 50, b'{"a":' * 30_000, b"[1]" * 9, b'{"a": "\xff"}' + b" " * 9])
def test_a_header_that_is_not_json(text: bytes) -> None:
    refused(len(text).to_bytes(8, "little") + text)


@pytest.mark.parametrize("length", [0, 1, 2**26 + 1, 2**40, 2**63, 2**64 - 1])
def test_a_header_length_that_lies(length: int) -> None:
    refused(length.to_bytes(8, "little") + HELLO[8:])


def test_a_layer_without_units() -> None:
    shapes = {"weight_ih": [0, 4], "weight_hh": [0, 0], "bias_ih": [0], "bias_hh": [0]}
    header, _ = split(HELLO)
    empty = {f"lstm.{part}_l0": (shape, 0) for part, shape in shapes.items()} | {"fc.weight": ([4, 0], 0)}
    made: Header = {"__metadata__": header["__metadata__"]}
    for name, (shape, at) in empty.items():
        made[name] = {"dtype": "F32", "shape": shape, "data_offsets": [at, at]}
    made["fc.bias"] = {"dtype": "F32", "shape": [4], "data_offsets": [0, 16]}
    assert "without units" in refused(joined(made, bytes(16)))


@given(st.binary(max_size=200))
def test_any_bytes(data: bytes) -> None:
    assert refused(data)


@given(st.integers(0, 1100), st.integers(0, 7))
def test_a_flipped_bit_in_the_header_is_a_sentence_or_a_header(at: int, bit: int) -> None:
    data = bytearray(HELLO)
    data[at] ^= 1 << bit
    with contextlib.suppress(UserError):
        assert parse(bytes(data), "x").hidden_sizes


@given(
    st.lists(st.text(min_size=1, max_size=3), min_size=1, max_size=5, unique=True),
    st.text(max_size=20),
    st.integers(0, 2**63),
    st.floats(allow_nan=False),
)
def test_what_the_metadata_say_comes_back(symbols: list[str], text: str, seed: int, loss: float) -> None:
    vocabulary, sizes = Vocabulary(symbols), {"lstm.weight_hh_l0": (8, 2)}
    wanted = ModelHeader("fused", vocabulary, text, seed, 7, loss, sizes)
    numbers = {name: (shape, 4 * int.__mul__(*(*shape, 1)[:2])) for name, shape in wanted.expected().items()}
    header: Header = {"__metadata__": wanted.metadata()}
    at = 0
    for name, (shape, size) in numbers.items():
        header[name] = {"dtype": "F32", "shape": list(shape), "data_offsets": [at, at + size]}
        at += size
    now = parse(joined(json.loads(json.dumps(header)), bytes(at)), "x")
    assert (now.cell, now.vocabulary, now.text, now.seed, now.epochs, now.loss) == (
        "fused", vocabulary, text, seed, 7, loss
    )  # fmt: skip
    assert now.hidden_sizes == (2,)


class TestReadingTheFile:
    """What can stand where a model file should."""

    def test_nothing(self, tmp_path: Path) -> None:
        for path in (str(tmp_path / "none"), "", "a\0b", str(tmp_path / "x" / "y")):
            with pytest.raises(UserError):
                read_ours(path)

    def test_a_folder(self, tmp_path: Path) -> None:
        with pytest.raises(UserError, match="is a folder"):
            read_ours(str(tmp_path))

    def test_an_empty_file(self, tmp_path: Path) -> None:
        path = tmp_path / "empty"
        path.touch()
        with pytest.raises(UserError, match="is empty"):
            read_ours(str(path))

    def test_a_pipe_does_not_hang(self, tmp_path: Path) -> None:
        path = tmp_path / "pipe"
        os.mkfifo(path)
        with pytest.raises(UserError, match="not a regular file"):
            read_ours(str(path))

    def test_a_name_that_would_write_on_the_terminal(self, tmp_path: Path) -> None:
        with pytest.raises(UserError, match="␛"):
            read_ours(str(tmp_path / "\x1b[2J"))

    def test_no_file_stays_open(self, tmp_path: Path) -> None:
        before = len(os.listdir("/dev/fd"))
        for _ in range(3):
            with pytest.raises(UserError):
                read_ours(str(tmp_path))
            read_ours(PATH)
        assert len(os.listdir("/dev/fd")) == before


def test_short_names() -> None:
    assert short_name("/a/b/model.safetensors") == "model"
    assert short_name("x\x1b.safetensors") == "x␛"
