"""Keras's files: what is opened computes what Keras computes, and what would be another model is refused by name."""

from __future__ import annotations

import io
import json
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

import lstm_tui
from lstm_tui.checkpoints.foreign import PlainModel, settle_gates, understood
from lstm_tui.checkpoints.reading_child import Reply
from lstm_tui.checkpoints.sandbox.limits import Unreadable
from lstm_tui.checkpoints.sandbox.reply import answer
from lstm_tui.cli.commands import main
from lstm_tui.core.errors import UserError
from lstm_tui.debugger.file_report import describe
from lstm_tui.engine.loading.from_reply import build
from lstm_tui.engine.loading.open_foreign import network

FILES = Path(__file__).parent / "keras_files"
EXPECTED = json.loads((FILES / "expected.json").read_text())
TEXT = (0, 3, 1, 4, 2, 2, 0, 4, 1)
CLOSE = 5e-5


def read(path: Path, data: bytes | None = None, gates: str | None = None, part: str = "") -> PlainModel:
    """`read_plain` without its child. Raises `Unreadable`."""
    data = path.read_bytes() if data is None else data
    about, tensors = answer(io.BytesIO(data), len(data), path.name, part)
    # through JSON, as from a child
    about = json.loads(json.dumps(about))
    settle_gates(about, gates)
    reply = Reply(about, tuple(memoryview(bytearray(one)) for one in tensors), "")
    return understood(reply, str(path), None, None, "utf-8", 5.0)


def agree(values: torch.Tensor, expected: list[float], what: str) -> None:
    wanted = torch.tensor(expected, dtype=torch.float64)
    apart = (values.double().flatten() - wanted).abs() / (1 + wanted.abs())
    assert float(apart.max()) <= CLOSE, (what, float(apart.max()))


def case(path: Path) -> str:
    name = path.name
    for ending in (".weights.h5", ".weights.hdf5", ".keras", ".h5"):
        name = name.removesuffix(ending)
    return name


NUMBERS = np.random.default_rng(3).normal(0, 1, (len(TEXT), 2))
"""What the model of numbers read when its expectations were made."""
OPEN = sorted(
    (path, name.partition(" ")[2])
    for path in FILES.iterdir()
    for name in EXPECTED
    if case(path) == name.partition(" ")[0]
)
"""Each file, and each of its parts where it holds several networks."""
SHAPED = {"encoder": "lstm", "decoder": "lstm_1"}
"""What those are called where weights alone are told by their shapes."""


def test_every_expectation_has_a_file() -> None:
    assert {f"{case(path)} {part}".strip() for path, part in OPEN} == set(EXPECTED)


@pytest.mark.parametrize(("path", "part"), OPEN, ids=[f"{path.name} {part}" for path, part in OPEN])
@torch.inference_mode()
def test_every_quantity_at_every_step_is_what_keras_computes(path: Path, part: str) -> None:
    expected = EXPECTED[f"{case(path)} {part}".strip()]
    if path.name == "seq2seq.weights.h5":
        part = SHAPED[part]
    plain = read(path, gates="sigmoid" if case(path) == "tf_2" else None, part=part)
    assert plain.unsteppable == ""
    found = build(plain)
    if path.name == "numbers.weights.h5":  # weights alone: neither the layer's relu nor the head's is in them
        assert found.output_weight is None
        assert any("--head relu" in line for line in found.inferred)
        return
    model = network(found)
    stack = model.zero_state()
    inputs = torch.tensor(NUMBERS, dtype=torch.float32) if found.numbers else torch.tensor(TEXT)
    for step, read_now in enumerate(inputs.split(1)):
        stack, layers = model.advance(model.read(read_now), stack)
        for layer, values in enumerate(layers):
            for name, wanted in expected["layers"][layer][step].items():
                agree(values[name], wanted, f"{name} of layer {layer} at {step}")
        logits = model.logits(stack[-1][0])
        if logits is not None and expected["logits"] is not None:
            agree(logits, expected["logits"][step], f"logits at {step}")
    untold = path.name == "seq2seq.weights.h5"  # which of two the Dense layer stands above
    assert (model.output is None) == (expected["logits"] is None) or untold


def edited(name: str, change: Callable[[dict[str, Any]], object]) -> bytes:
    """A `.keras` file with its description changed."""
    out = io.BytesIO()
    with zipfile.ZipFile(FILES / name) as source, zipfile.ZipFile(out, "w") as target:
        for member in source.namelist():
            data = source.read(member)
            if member == "config.json":
                config = json.loads(data)
                change(config["config"]["layers"])
                data = json.dumps(config).encode()
            target.writestr(member, data)
    return out.getvalue()


def setting(at: int, **values: Any) -> Callable[[Any], object]:
    return lambda layers: layers[at]["config"].update(values)


REFUSED: dict[str, tuple[str, Callable[[Any], object]]] = {
    "Bidirectional": ("two_lstm.keras", lambda layers: layers[2].update(class_name="Bidirectional")),
    "a program": ("two_lstm.keras", lambda layers: layers[3].update(class_name="Lambda")),
    "Conv1D": ("two_lstm.keras", lambda layers: layers[3].update(class_name="Conv1D")),
    "class of its own": ("two_lstm.keras", lambda layers: layers[2].update(module="my.layers")),
    "go_backwards": ("two_lstm.keras", setting(2, go_backwards=True)),
    "sparkle = 3": ("two_lstm.keras", setting(2, sparkle=3)),
    "softsign": ("two_lstm.keras", setting(2, activation="softsign")),
    "different activations": ("two_lstm.keras", setting(2, recurrent_activation="hard_sigmoid")),
    "last state": ("two_lstm.keras", setting(2, return_sequences=False)),
    "straight line": ("nested.keras", lambda layers: layers[3].update(inbound_nodes=layers[1]["inbound_nodes"])),
    "nothing to step": ("two_lstm.keras", lambda layers: layers.__delitem__(slice(2, 6))),
    "in place of": ("two_lstm.keras", lambda layers: layers[2]["config"].update(name="other")),
}


@pytest.mark.parametrize("word", REFUSED)
def test_what_would_be_another_model_is_refused_by_name(word: str) -> None:
    name, change = REFUSED[word]
    with pytest.raises(Unreadable, match=word):
        read(FILES / name, edited(name, change))


IGNORED = dict(dropout=0.5, recurrent_dropout=0.5, stateful=True, unroll=True, unit_forget_bias=False, implementation=1)


def test_settings_that_change_nothing_at_inference_are_ignored() -> None:
    plain = read(FILES / "two_lstm.keras", edited("two_lstm.keras", setting(2, **IGNORED)))
    assert plain.data == read(FILES / "two_lstm.keras").data


def test_padding_that_the_model_skips_is_no_step(tmp_path: Path) -> None:
    path = tmp_path / "m.keras"
    path.write_bytes(edited("two_lstm.keras", setting(1, mask_zero=True)))
    with pytest.raises(UserError, match=r"'#0' \(character 2\).*mask_zero"):
        lstm_tui.trace(str(path), text="#1#0#2")


HOSTILE = {
    "external_link.h5": "links out of itself",
    "soft_link.h5": "soft link",
    "cyclic.h5": "inside itself",
    "external_storage.h5": "another file",
    "virtual.h5": "virtual",
    "huge_shape.h5": "made up",
    "bomb.h5": "made up",
}


@pytest.mark.parametrize("name", HOSTILE)
def test_what_an_hdf5_file_may_try_is_refused_by_name(name: str) -> None:
    with pytest.raises(Unreadable, match=HOSTILE[name]):
        read(FILES / name)


def test_a_member_that_unpacks_to_a_hundred_times_its_size_is_a_bomb() -> None:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as target:
        target.writestr("metadata.json", "{}")
        target.writestr("config.json", b" " * 4_000_000)
        target.writestr("model.weights.h5", b"")
    with pytest.raises(Unreadable, match="zip bomb"):
        read(Path("m.keras"), out.getvalue())


def test_through_the_child_a_file_says_what_it_is_and_what_became_of_what() -> None:
    found = describe(str(FILES / "two_lstm.keras"))
    assert found.foreign_file is not None
    assert found.foreign_file.form == "Keras zip"
    assert any(line.startswith("Keras 3.") for line in found.foreign_file.inferred)
    assert ("layers/lstm/cell/vars/0", (3, 16), "weight_ih of layer 1 (l0), transposed") in found.tensors
    assert "agrees" in found.foreign_file.checked
    steps = lstm_tui.trace(str(FILES / "two_lstm.h5"), text="#0#3#1")
    agree(torch.tensor(steps[-1].layers[0].values["c"]), EXPECTED["two_lstm"]["layers"][0][2]["c"], "c")


def test_one_number_in_and_one_out_are_no_symbols_of_a_vocabulary() -> None:
    """What an LSTM on prices is, saved as weights alone."""
    assert read(FILES / "price.weights.h5").numbers


def test_a_model_of_numbers_says_so_and_is_inspected_all_the_same() -> None:
    path = str(FILES / "numbers.keras")
    with pytest.raises(UserError, match="rows of 2 numbers"):
        lstm_tui.trace(path, text="ab")
    roles = [role for _, _, role in describe(path).tensors]
    assert roles[-2:] == ["output weight, transposed", "output bias"]


def test_a_file_that_two_defaults_may_have_made_asks_which() -> None:
    path = FILES / "tf_2.weights.hdf5"
    assert "--gates" in read(path).unsteppable
    assert read(path, gates="hard").kind == "lstm-hard"


def test_a_gru_without_biases_asks_where_its_reset_gate_stands() -> None:
    path = FILES / "gru_no_bias.weights.h5"
    assert any("--reset before" in line for line in read(path).about["inferred"])
    wanted = {"after": "gru", "before": "gru-before"}
    for reset, kind in wanted.items():
        steps = lstm_tui.trace(str(path), text="#0#3#1", reset=reset)
        assert steps.about.cell == kind
    assert any(
        "not used" in note for note in lstm_tui.trace(str(FILES / "gru_after.keras"), reset="before").about.notes
    )


def test_a_head_of_several_dense_layers_is_searched_as_it_is_stepped_and_is_not_trained(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path, text = str(FILES / "two_dense.keras"), "".join(f"#{symbol}" for symbol in TEXT * 60)
    steps = [step.prediction for step in lstm_tui.trace(path, text=text) if step.prediction and step.prediction.loss]
    middle = sorted(step.loss for step in steps if step.loss)[len(steps) // 2]
    assert main(["trace", path, "--text", text, "--format", "jsonl", "--where", f"loss > {middle}"]) == 0
    found = [json.loads(line) for line in capsys.readouterr().out.splitlines()[1:]]
    assert len(found) == sum(step.loss > middle for step in steps if step.loss)
    assert main(["train", path, "--text", text, "-o", str(tmp_path / "m.safetensors")]) == 2
    assert "Dense layers" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("name", "text"),
    [
        (
            "tokenizer.json",
            json.dumps({"config": {"word_index": json.dumps(dict(zip("abcdefg", range(1, 8), strict=True)))}}),
        ),
        ("two_vocab.json", json.dumps(dict(zip("abcd", range(1, 5), strict=True)))),
        ("two_vocab.csv", "vocab\n<pad>\na\nb\nc\nd\n"),
    ],
)
def test_a_tokenizer_beside_the_file_names_its_symbols_from_one_on(tmp_path: Path, name: str, text: str) -> None:
    path = tmp_path / "two_lstm.keras"
    path.write_bytes((FILES / "two_lstm.keras").read_bytes())
    (tmp_path / name).write_text(text)
    plain = read(path)
    assert plain.vocabulary == ("<pad>", "a", "b", "c", "d")
    assert plain.vocabulary_source == f"{name} beside the file"
