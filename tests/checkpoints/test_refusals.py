"""What is not opened is refused by name, in one sentence, with what to do instead."""

from __future__ import annotations

import json
import os
import pickle
import struct
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch
from torch import nn

from lstm_tui.core.errors import UserError
from lstm_tui.engine.loading.from_module import from_module
from tests.checkpoints.nets import Net, read_foreign
from tests.checkpoints.wild import VOCAB, flair


def refusal(path: Path) -> str:
    with pytest.raises(UserError) as caught:
        read_foreign(path)
    sentence = str(caught.value)
    assert "\n" not in sentence
    assert sentence.isprintable()
    assert "Traceback" not in sentence
    return sentence


def saved(folder: Path, value: Any, **options: Any) -> Path:
    torch.save(value, folder / "m.pt", **options)
    return folder / "m.pt"


def state(**changes: Any) -> dict[str, Any]:
    return Net(10, 8, 1, e=4).state_dict() | changes


class TestNetworks:
    """Rows of the matrix that are refused, and the traps of shapes and names."""

    def with_rnn(self, rnn: nn.Module, width: int = 8) -> dict[str, Any]:
        parts = {"encoder": nn.Embedding(10, 4), "rnn": rnn, "decoder": nn.Linear(width, 10)}
        return nn.ModuleDict(parts).state_dict()

    def test_bidirectional(self, tmp_path: Path) -> None:
        net = self.with_rnn(nn.LSTM(4, 8, bidirectional=True), 16)
        assert "bidirectional" in refusal(saved(tmp_path, net))

    def test_bidirectional_whole_module_with_its_text(self, tmp_path: Path) -> None:
        net = Net(10, 8, 1)
        net.rnn, net.decoder = nn.LSTM(10, 8, bidirectional=True), nn.Linear(16, 10)
        vars(net)["chars"] = VOCAB
        assert "bidirectional" in refusal(saved(tmp_path, net))

    def test_projection(self, tmp_path: Path) -> None:
        net = self.with_rnn(nn.LSTM(4, 8, proj_size=3), 3)
        assert "projection" in refusal(saved(tmp_path, net))

    def test_plain_rnns_of_two_nonlinearities(self, tmp_path: Path) -> None:
        net = nn.ModuleDict({f"rnn{at}": nn.RNN(8, 8, nonlinearity=name) for at, name in enumerate(("tanh", "relu"))})
        assert "mixes RNN layers of tanh and of relu" in refusal(saved(tmp_path, net))
        assert "mixes RNN and LSTM layers" in refusal(
            saved(tmp_path, nn.ModuleDict({"rnn0": nn.RNN(8, 8), "rnn1": nn.LSTM(8, 8)}).state_dict())
        )

    def test_layer_norm_is_listed(self, tmp_path: Path) -> None:
        norm = nn.LayerNorm(8)
        net = state(**{"layer_norm.weight": norm.weight, "layer_norm.bias": norm.bias})
        sentence = refusal(saved(tmp_path, net))
        assert "layer_norm.weight (8,)" in sentence
        assert "LayerNorm" in sentence

    def test_attention_is_listed(self, tmp_path: Path) -> None:
        sentence = refusal(saved(tmp_path, state(**{"attn.weight": torch.zeros(1, 9), "attn.bias": torch.zeros(1)})))
        assert "attn.weight" in sentence

    def test_backward_language_model(self, tmp_path: Path) -> None:
        assert "backward" in refusal(saved(tmp_path, flair().saved | {"is_forward_lm": False}))

    def test_projected_flair(self, tmp_path: Path) -> None:
        net = state(**{"proj.weight": torch.zeros(8, 8), "proj.bias": torch.zeros(8)})
        assert "proj" in refusal(saved(tmp_path, net))

    def test_gates_written_one_by_one(self, tmp_path: Path) -> None:
        net = {f"W_{a}{g}": torch.zeros(4, 8) for a in "xh" for g in "ifoc"} | {
            f"b_{g}": torch.zeros(8) for g in "ifoc"
        }
        assert "gate by gate" in refusal(saved(tmp_path, net))

    def test_gates_written_one_by_one_in_modules(self, tmp_path: Path) -> None:
        net = {f"lstm_layers.0.W_x{g}.weight": torch.zeros(8, 4) for g in "ifoc"}
        assert "gate by gate" in refusal(saved(tmp_path, net))

    def test_makemore(self, tmp_path: Path) -> None:
        net = {"start": torch.zeros(1, 8), "wte.weight": torch.zeros(9, 8), "cell.xh_to_h.weight": torch.zeros(8, 16)}
        assert "xh_to_" in refusal(saved(tmp_path, net))

    def test_multiplicative(self, tmp_path: Path) -> None:
        net = {"wx.weight": torch.zeros(32, 4), "wmx.weight": torch.zeros(8, 4), "wmh.weight": torch.zeros(8, 8)}
        assert "multiplicative" in refusal(saved(tmp_path, net))

    def test_two_nets_are_listed(self, tmp_path: Path) -> None:
        net = state(**{f"other.{name}": value for name, value in nn.LSTM(4, 8).state_dict().items()})
        sentence = refusal(saved(tmp_path, net))
        assert "rnn" in sentence
        assert "other" in sentence

    def test_two_versions_of_one_model_are_two_candidates(self, tmp_path: Path) -> None:
        path = saved(tmp_path, {"last": state(), "best": state()})
        assert "--part last or best" in refusal(path)
        assert read_foreign(path, part="best").output_weight is not None

    def test_two_output_layers_are_listed(self, tmp_path: Path) -> None:
        net = state(**{"head.weight": torch.zeros(10, 8), "head.bias": torch.zeros(10)})
        sentence = refusal(saved(tmp_path, net))
        assert "decoder" in sentence
        assert "head" in sentence

    def test_names_that_say_nothing_are_not_guessed(self, tmp_path: Path) -> None:
        net = nn.LSTM(8, 8).state_dict() | {"a.weight": torch.zeros(10, 8), "b.weight": torch.zeros(10, 8)}
        sentence = refusal(saved(tmp_path, net))
        assert "a (10, 8)" in sentence
        assert "b (10, 8)" in sentence

    @pytest.mark.parametrize("lost", ["rnn.weight_hh_l0", "rnn.bias_hh_l0", "rnn.weight_ih_l0"])
    def test_a_missing_part_is_named(self, lost: str, tmp_path: Path) -> None:
        net = {name: value for name, value in state().items() if name != lost}
        assert "incomplete" in refusal(saved(tmp_path, net)) or lost == "rnn.weight_hh_l0"

    def test_a_missing_layer_is_named(self, tmp_path: Path) -> None:
        net = {n: v for n, v in Net(10, 8, 3).state_dict().items() if not n.endswith("_l1")}
        assert "weight_ih_l1" in refusal(saved(tmp_path, net))

    def test_numbers_instead_of_characters(self, tmp_path: Path) -> None:
        net = {f"lstm.{n}": v for n, v in nn.LSTM(7, 8).state_dict().items()} | nn.Linear(8, 1).state_dict()
        assert read_foreign(saved(tmp_path, net)).numbers

    def test_quantised_weights(self, tmp_path: Path) -> None:
        net = state()
        net["encoder.weight"] = net["encoder.weight"].to_sparse()
        assert "sparse" in refusal(saved(tmp_path, net))

    @pytest.mark.filterwarnings("ignore")
    @pytest.mark.parametrize("parts", [{nn.LSTM, nn.Linear}, {nn.Linear}])
    @pytest.mark.parametrize("whole", [False, True])
    def test_dynamically_quantised_models(self, tmp_path: Path, parts: set[type], whole: bool) -> None:
        net = torch.ao.quantization.quantize_dynamic(Net(10, 8), parts)
        said = refusal(saved(tmp_path, net if whole else net.state_dict()))
        assert "is quantised" in said
        assert "as it was before" in said

    def test_meta_tensors(self, tmp_path: Path) -> None:
        net = {name: value.to("meta") for name, value in state().items()}
        assert "meta" in refusal(saved(tmp_path, net))

    def test_whole_numbers_as_weights(self, tmp_path: Path) -> None:
        net = {name: value.to(torch.uint8) for name, value in state().items()}
        assert "uint8" in refusal(saved(tmp_path, net))

    def test_no_weights_at_all(self, tmp_path: Path) -> None:
        assert "contains no model weights" in refusal(saved(tmp_path, {"epoch": 3}))

    def test_a_live_module_is_refused_with_the_same_words(self) -> None:
        net = Net(10, 8, 1)
        net.rnn = nn.LSTM(10, 8, bidirectional=True)
        with pytest.raises(UserError, match=r"^Net has a bidirectional network"):
            from_module(net)


def torchscript(path: Path) -> None:
    with zipfile.ZipFile(path, "w") as archive:
        for name in ("data.pkl", "constants.pkl", "code/__torch__.py", "version"):
            archive.writestr(f"m/{name}", b"x")


def zipped(*names: str) -> Callable[[Path], None]:
    def write(path: Path) -> None:
        with zipfile.ZipFile(path, "w") as archive:
            for name in names:
                archive.writestr(name, b"x")

    return write


def legacy_module(path: Path) -> None:
    import warnings

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # torch says that it could not find the source of a class
        torch.save(Net(10, 8, 1), path, _use_new_zipfile_serialization=False)


FILES: dict[str, tuple[bytes | Callable[[Path], object], str, str]] = {
    "empty": (b"", "m.pt", "empty"),
    "Git LFS": (b"version https://git-lfs.github.com/spec/v1\noid sha256:1\nsize 5\n", "m.pt", "git lfs pull"),
    "HTML": (b"<!DOCTYPE html><html><body>404</body></html>", "m.pt", "web page"),
    "text": (b"It was the best of times,\nit was the worst.", "m.pt", "--file"),
    "UTF-8 text": ("Übermut tut selten gut ".encode() * 40, "m.pt", "text file"),
    "JSON": (b'["a", "b"]', "m.json", "--vocab"),
    "HDF5": (b"\x89HDF\r\n\x1a\n" + bytes(90), "m.h5", "damaged HDF5"),
    "HDF5 by name alone": (b"\x88HDF\r\n\x1a\n" + bytes(90), "m.h5", "not an HDF5 file"),
    "Keras archive": (zipped("config.json", "model.weights.h5"), "m.keras", "damaged description"),
    "Keras archive by another name": (zipped("a", "config.json", "model.weights.h5"), "m.zip", "ends in .keras"),
    "ONNX": (b"\x08\x07\x12\x07pytorch\x1a\x031.8" + bytes(40), "m.onnx", "ONNX"),
    "TF1 index": (b"\x00\x00\x0bmodel" + bytes(60), "model.ckpt.index", "TensorFlow"),
    "TF1 data": (bytes(200), "model.ckpt.data-00000-of-00001", "TensorFlow"),
    "Lua": (struct.pack("<iii", 4, 1, 3) + b"V 1\x0d\x00\x00\x00nn.Sequential", "m.t7", "Lua"),
    "TorchScript": (torchscript, "m.pt", "TorchScript"),
    "torch.export": (zipped("m/archive_format", "m/models/model.json"), "m.pt2", "exported program"),
    "numpy archive": (zipped("a.npy"), "m.npz", "numpy"),
    "other zip": (zipped("a.txt"), "m.zip", "zip archive"),
    "gzip": (b"\x1f\x8b\x08" + bytes(50), "m.pt.gz", "gunzip"),
    "plain pickle": (lambda p: p.write_bytes(pickle.dumps({"a": 1})), "m.pt", "torch.save(pickle.load"),
    "plain pickle of tensors": (lambda p: p.write_bytes(pickle.dumps(state())), "m.pkl", "torch.save(pickle.load"),
    "plain pickle, protocol 0": (lambda p: p.write_bytes(pickle.dumps({"a": [1]}, 0)), "m.pkl", "plain pickle"),
    "whole module, older format": (legacy_module, "m.pt", "weights_only=False"),
    "noise": (bytes(range(128, 256)) * 4, "m.pt", "no format"),
    "PNG": (b"\x89PNG\r\n\x1a\n" + bytes(50), "m.png", "PNG"),
    "safetensors cut short": (struct.pack("<Q", 10**6) + b'{"a":' + bytes(20), "m.safetensors", "cut short"),
}


@pytest.mark.parametrize("what", FILES)
def test_a_file_of_another_kind_is_named(what: str, tmp_path: Path) -> None:
    content, name, said = FILES[what]
    path = tmp_path / name
    if callable(content):
        content(path)
    else:
        path.write_bytes(content)
    sentence = refusal(path)
    assert said in sentence
    assert sentence.startswith(name)


class TestWhatIsNoFile:
    def test_missing(self, tmp_path: Path) -> None:
        assert "no file" in refusal(tmp_path / "m.pt")

    def test_a_folder(self, tmp_path: Path) -> None:
        assert "is a folder" in refusal(tmp_path)

    def test_a_fifo_is_not_waited_for(self, tmp_path: Path) -> None:
        os.mkfifo(tmp_path / "m.pt")
        assert "not a regular file" in refusal(tmp_path / "m.pt")

    def test_a_device(self) -> None:
        assert "not a regular file" in refusal(Path("/dev/zero"))


def test_names_from_the_file_are_made_visible(tmp_path: Path) -> None:
    net = state(**{"evil\x1b[31m\u202e.weight": torch.zeros(3)})
    sentence = refusal(saved(tmp_path, net))
    assert "\x1b" not in sentence
    assert "\u202e" not in sentence


@pytest.mark.filterwarnings("ignore")  # the one-liner leaves closing its file to the interpreter
def test_the_re_save_line_for_a_plain_pickle_makes_a_file_that_opens(tmp_path: Path) -> None:
    (tmp_path / "it").write_bytes(pickle.dumps(Net(10, 8, 1).state_dict()))
    line = refusal(tmp_path / "it").partition("what it holds: ")[2].partition(" (that line")[0]
    before = os.getcwd()
    os.chdir(tmp_path)
    try:
        exec(line, {})
    finally:
        os.chdir(before)
    assert read_foreign(tmp_path / "weights.pt").kind == "lstm"


def test_a_vocabulary_beside_it_that_does_not_fit_is_not_used(tmp_path: Path) -> None:
    (tmp_path / "vocab.json").write_text(json.dumps(["a", "b"]))
    assert read_foreign(saved(tmp_path, state())).vocabulary is None
