"""The model file: plain PyTorch reads it, every cell comes back from it, and no damage gets further than a sentence."""

from __future__ import annotations

import contextlib
import json
import math
from pathlib import Path

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from safetensors.torch import load_file, save
from torch import nn

from lstm_tui.checkpoints.own.model_file import TEXT_KEPT, ModelHeader, parse
from lstm_tui.core.errors import UserError
from lstm_tui.core.text import Text
from lstm_tui.core.vocabulary import Vocabulary
from lstm_tui.engine.loading.own_file import from_bytes, tensors_of, to_bytes
from lstm_tui.engine.network import Network, fresh
from lstm_tui.engine.rollout import Rollout
from tests.engine.facts import CELLS
from tests.files_made import changed, split, with_metadata

HELLO = Vocabulary.of("hello")


def header_of(model: Network, vocabulary: Vocabulary = HELLO, text: str = "hello") -> ModelHeader:
    shapes = {name: tuple(tensor.shape) for name, tensor in tensors_of(model).items()}
    return ModelHeader(model.cell_type.name, vocabulary, text, 3, 5, 0.25, shapes)


def written(cell: str = "by-hand", units: int = 3, layers: int = 1) -> tuple[Network, bytes]:
    model = fresh(4, units, layers, CELLS[cell], seed=3)
    return model, to_bytes(model, header_of(model))


@pytest.mark.parametrize("cell", list(CELLS))
@pytest.mark.parametrize("layers", [1, 2, 3])
def test_plain_pytorch_reads_it_in_five_lines(cell: str, layers: int, tmp_path: Path) -> None:
    model, data = written(cell, 6, layers)
    (tmp_path / "m.safetensors").write_bytes(data)
    x = nn.functional.one_hot(torch.tensor(HELLO.codes("hellohell")), 4).float()

    tensors = load_file(tmp_path / "m.safetensors")
    lstm, fc = nn.LSTM(4, 6, num_layers=layers), nn.Linear(6, 4)
    lstm.load_state_dict({k.removeprefix("lstm."): v for k, v in tensors.items() if k.startswith("lstm.")})
    fc.load_state_dict({k.removeprefix("fc."): v for k, v in tensors.items() if k.startswith("fc.")})
    wanted = fc(lstm(x)[0])

    steps = list(Rollout(model, Text(HELLO, "hellohell")).steps(1, 10))
    logits = torch.tensor([step.prediction.logits for step in steps if step.prediction])
    assert torch.allclose(logits, wanted, atol=1e-6)


def test_the_names_are_in_pytorchs_order() -> None:
    _, data = written(layers=2)
    parts = ("weight_ih", "weight_hh", "bias_ih", "bias_hh")
    assert list(parse(data, "x").expected()) == [
        *(f"lstm.{part}_l{layer}" for layer in range(2) for part in parts), "fc.weight", "fc.bias"
    ]  # fmt: skip
    assert list(split(data)[0]) == ["__metadata__", *parse(data, "x").expected()]


def test_the_same_model_gives_the_same_bytes() -> None:
    """A checksum must say something: safetensors alone writes its metadata in another order every time."""
    assert len({written()[1] for _ in range(8)}) == 1


@pytest.mark.parametrize("cell", list(CELLS))
@pytest.mark.parametrize("sizes", [(1,), (8,), (3, 5), (2, 2, 2)])
def test_every_cell_comes_back_bit_by_bit(cell: str, sizes: tuple[int, ...]) -> None:
    model = fresh(4, sizes, cell=CELLS[cell], seed=9, forget_bias=1.0)
    data = to_bytes(model, header_of(model))
    back, header, warnings = from_bytes(data, "x")
    assert back.cell_type is CELLS[cell]
    assert back.hidden_sizes == header.hidden_sizes == sizes
    assert (header.text, header.seed, header.epochs, header.loss) == ("hello", 3, 5, 0.25)
    assert warnings == ()
    assert all(torch.equal(a, b) for a, b in zip(model.parameters(), back.parameters(), strict=True))
    assert to_bytes(back, header_of(back)) == data
    assert not any(p.requires_grad for p in back.parameters())


def test_a_file_opens_as_another_cell() -> None:
    model, data = written("builtin", 5, 2)
    for cell in CELLS:
        back, _, _ = from_bytes(data, "x", cell)
        assert back.cell_type is CELLS[cell]
        assert Rollout(model, Text(HELLO, "hello")).difference(back)[0] < 1e-6


@pytest.mark.parametrize("bad", [math.nan, math.inf, -math.inf])
def test_weights_that_are_no_numbers_open_with_a_warning(bad: float) -> None:
    model, _ = written()
    model.output.weight[0, 0] = bad
    back, _, warnings = from_bytes(to_bytes(model, header_of(model)), "x")
    assert warnings == ("fc.weight holds NaN or infinite weights: every number computed from it is suspect",)
    step = Rollout(back, Text(HELLO, "hello")).step(2)
    assert step.prediction is not None
    assert not math.isfinite(step.prediction.logits[0])
    if math.isnan(bad):
        assert math.isnan(step.prediction.entropy), "a broken distribution must not look certain"


@pytest.mark.parametrize("dtype", [torch.float64, torch.float16, torch.bfloat16])
def test_other_floats_are_read_as_float32(dtype: torch.dtype) -> None:
    model, _ = written()
    tensors = {name: tensor.to(dtype) for name, tensor in tensors_of(model).items()}
    back, _, _ = from_bytes(save(tensors, header_of(model).metadata()), "x")
    assert torch.allclose(back.output.weight, model.output.weight, atol=0.01)
    assert back.output.weight.dtype == torch.float32


@pytest.mark.parametrize("dtype", [torch.int32, torch.int64, torch.uint8, torch.bool, torch.complex64])
def test_numbers_that_are_no_weights_are_refused(dtype: torch.dtype) -> None:
    model, _ = written()
    tensors = tensors_of(model)
    tensors["fc.bias"] = torch.zeros(4, dtype=dtype)
    with pytest.raises(UserError, match=r"is damaged \(.*fc.bias holds"):
        from_bytes(save(tensors, header_of(model).metadata()), "x")


def opened(data: bytes) -> Network | None:
    """The model, or None where it was refused in one harmless sentence; any other exception fails the test."""
    with contextlib.suppress(UserError):
        return from_bytes(data, "x")[0]
    return None


def test_cut_off_anywhere() -> None:
    _, data = written(units=2)
    assert all(opened(data[:length]) is None for length in range(0, len(data), 3))


@settings(max_examples=150)
@given(data=st.data())
def test_flipped_bits(data: st.DataObject) -> None:
    _, good = written(units=2)
    broken = bytearray(good)
    for _ in range(data.draw(st.integers(1, 3))):
        broken[data.draw(st.integers(0, len(good) - 1))] ^= 1 << data.draw(st.integers(0, 7))
    model = opened(bytes(broken))
    assert model is None or model.input_size >= 1


@settings(max_examples=100)
@given(at=st.integers(0, 2000), put=st.binary(max_size=30), cut=st.integers(0, 30))
def test_bytes_put_in_or_taken_out(at: int, put: bytes, cut: int) -> None:
    _, good = written(units=2)
    at %= len(good)
    opened(good[:at] + put + good[at + cut :])


def test_two_readers_of_one_header_must_agree() -> None:
    """A name that stands twice means one thing to one JSON reader and another to the next."""
    _, data = written(units=2)
    header, numbers = split(data)
    text = json.dumps(header).encode()
    doubled = b'{"fc.bias":{"dtype":"F32","shape":[2,2],"data_offsets":[0,16]},' + text[1:]
    model = opened(len(doubled).to_bytes(8, "little") + doubled + numbers)
    assert model is None or model.output.bias.shape == (4,)


def test_overlapping_tensors_are_refused() -> None:
    _, data = written(units=2)
    assert opened(changed(data, lambda h: h["fc.bias"].update(data_offsets=h["fc.weight"]["data_offsets"]))) is None
    assert opened(changed(data, lambda h: h["fc.bias"].update(dtype="F99"))) is None
    assert opened(changed(data, lambda h: h["fc.bias"].update(data_offsets=[0, 2**70]))) is None


def test_an_unknown_cell_in_a_file() -> None:
    _, data = written()
    with pytest.raises(UserError, match="choose one of by-hand, fused, builtin"):
        from_bytes(with_metadata(data, cell="gru-x"), "x")


class TestTheTextRemembered:
    """A file must open with the text it remembers."""

    def reading(self, symbols: list[str], text: str, unknown: str | None = None) -> Rollout:
        return Rollout(fresh(len(symbols), 2), Text(Vocabulary(symbols), text, unknown))

    def test_short_texts_whole_and_long_ones_from_their_start(self) -> None:
        assert self.reading(["a", "b"], "abba").sequence.start(TEXT_KEPT) == "abba"
        assert self.reading(["a", "b"], "ab" * TEXT_KEPT).sequence.start(TEXT_KEPT) == "ab" * (TEXT_KEPT // 2)

    def test_no_token_is_cut_in_half(self) -> None:
        kept = self.reading(["<eos>", "a"], "a" + "<eos>" * TEXT_KEPT).sequence.start(TEXT_KEPT)
        assert len(kept) <= TEXT_KEPT
        assert kept == "a" + "<eos>" * (len(kept) // 5)

    def test_unknown_characters_as_the_model_read_them(self) -> None:
        assert self.reading(["a", "?"], "abca", "?").sequence.start(TEXT_KEPT) == "a??a"

    def test_nothing_a_file_cannot_hold(self) -> None:
        reading = self.reading(["a", "\ud800"], "aa\ud800a")
        header = header_of(reading.model, reading.vocabulary, reading.sequence.start(TEXT_KEPT))
        _, back, _ = from_bytes(to_bytes(reading.model, header), "x")
        assert (back.text, back.vocabulary) == ("aa", reading.vocabulary)

    @settings(max_examples=50)
    @given(st.text(st.characters(codec=None, categories=None), min_size=1, max_size=30))
    def test_any_text_comes_back(self, text: str) -> None:
        vocabulary = Vocabulary.of(text)
        reading = self.reading(list(vocabulary.symbols), text)
        header = header_of(reading.model, vocabulary, reading.sequence.start(TEXT_KEPT))
        _, back, _ = from_bytes(to_bytes(reading.model, header), "x")
        assert back.vocabulary == vocabulary
        assert text.startswith(back.text)
        assert back.text == text or "\ud800" <= text[len(back.text)] <= "\udfff"
