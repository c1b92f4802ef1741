"""Every layout that is promised to open, through the door: sizes, symbols, and every number of every step."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
import torch
from torch import nn

from lstm_tui.core.errors import UserError
from lstm_tui.debugger.file_report import describe
from lstm_tui.engine.loading.foreign_model import ForeignModel
from tests.checkpoints.nets import Net, read_foreign
from tests.checkpoints.wild import OPEN, VOCAB, Row
from tests.debugger.foreign_made import opened, reference, saved

CLOSE: dict[str, Any] = {"rel": 1e-5, "abs": 5e-5}
INDICES = [1, 5, 2, 2, 9, 0, 7, 3, 3, 8, 4, 6, 10, 99, 1, 1]


def text_for(found: ForeignModel) -> tuple[list[int], list[str]]:
    indices = [index % found.symbols for index in INDICES]
    symbols = found.vocabulary or tuple(f"#{n}" for n in range(found.symbols))
    return indices, [symbols[index] for index in indices]


@pytest.fixture(params=list(OPEN))
def row(request: pytest.FixtureRequest) -> Row:
    torch.manual_seed(7)
    return OPEN[request.param]()


class TestEveryLayout:
    """What was saved is what is stepped, kept and compared."""

    def test_it_opens_with_its_sizes_symbols_and_numbers(self, row: Row, tmp_path: Path) -> None:
        path = row.write(tmp_path)
        found = read_foreign(path, **row.options)
        indices, symbols = text_for(found)
        debugger = opened(path, text="".join(symbols), **row.options)
        assert debugger.about.hidden_sizes == tuple(layer.hidden_size for layer in found.layers)
        assert debugger.about.cell == ("gru" if found.kind == "gru" else "builtin")
        if row.vocabulary is not None:
            assert debugger.about.vocabulary == row.vocabulary
        assert list(debugger.symbols) == symbols
        assert any("agrees to" in note for note in debugger.about.notes)
        with torch.inference_mode():
            raw = row.model.eval()(torch.tensor(indices))
        for step, values, logits in zip(
            debugger.steps(1, len(indices) + 1), reference(found, indices), raw, strict=True
        ):
            for layer, expected in zip(step.layers, values, strict=True):
                assert list(layer.values) == list(expected)
                for name, vector in expected.items():
                    assert layer.values[name] == pytest.approx(vector.tolist(), **CLOSE)
            assert step.prediction is not None
            assert step.prediction.logits == pytest.approx(logits.tolist(), **CLOSE)

    def test_it_is_saved_trained_and_compared_like_our_own(self, row: Row, tmp_path: Path) -> None:
        path = row.write(tmp_path)
        _, symbols = text_for(read_foreign(path, **row.options))
        text = "".join(symbols)
        debugger = opened(path, text=text, **row.options)
        ours = str(tmp_path / "ours.safetensors")
        debugger.save(ours)
        again = opened(ours)
        assert (again.text, again.about.vocabulary) == (text, debugger.about.vocabulary)
        assert again.about.parameters == debugger.about.parameters
        for one, other in zip(debugger.steps(1, 17), again.steps(1, 17), strict=True):
            assert [layer.values for layer in one.layers] == [layer.values for layer in other.layers]
            assert one.prediction is not None
            assert other.prediction is not None
            assert one.prediction.logits == other.prediction.logits
        for _ in again.cells():
            assert again.switch_cell().difference < 5e-5
        training = again.training(epochs=3, lr=0.01)
        training.run()
        assert training.outcome == "done"
        assert training.losses[-1] < training.losses[0]
        again.adopt(training)
        again.save(ours, force=True)
        assert opened(ours).to(16).layers[0].values == again.to(16).layers[0].values


@pytest.mark.parametrize("name", ["1 dict with tokens", "3 whole module, tied", "10 GRU whole module"])
def test_fresh_weights_of_the_same_shape(name: str, tmp_path: Path) -> None:
    row = OPEN[name]()
    debugger = opened(row.write(tmp_path), fresh=True, seed=4, **row.options)
    assert (debugger.about.epochs, debugger.about.path) == (0, None)
    assert debugger.about.parameters == opened(tmp_path / "model.pt", **row.options).about.parameters


class TestEnds:
    """What is below and above the layers."""

    def test_without_an_output_layer_there_are_no_guesses(self, tmp_path: Path) -> None:
        torch.manual_seed(1)
        net = nn.LSTM(10, 8, 2)
        debugger = opened(saved(tmp_path, net), vocab=VOCAB, text="the hat")
        step = debugger.to(3)
        assert step.prediction is None
        assert [c.wrong for c in debugger.characters(1, 4)] == [None] * 3
        assert any("no output layer" in note for note in debugger.about.notes)
        assert "cannot be trained" in _sentence(lambda: debugger.training())
        debugger.save(str(tmp_path / "m.safetensors"))
        again = opened(tmp_path / "m.safetensors")
        assert again.to(3).prediction is None
        assert again.step.layers[1].values == step.layers[1].values
        assert again.into().position == 4

    def test_logits_of_a_log_softmax_are_log_probabilities(self, tmp_path: Path) -> None:
        net = Net(10, 8)
        net.add_module("log", nn.LogSoftmax(dim=-1))
        torch.save(net, tmp_path / "m.pt")
        for path in (tmp_path / "m.pt", tmp_path / "m.safetensors"):
            debugger = opened(path, vocab=VOCAB, text="the hat")
            prediction = debugger.to(2).prediction
            assert prediction is not None
            assert float(torch.tensor(prediction.logits).exp().sum()) == pytest.approx(1)
            assert prediction.logits[prediction.top[0].index] == pytest.approx(
                torch.tensor(prediction.top[0].p).log().item(), abs=1e-6
            )
            assert debugger.about.log_probabilities
            if path.suffix == ".pt":
                debugger.save(str(tmp_path / "m.safetensors"))

    def test_max_norm_is_respected_and_kept(self, tmp_path: Path) -> None:
        net = Net(10, 8, e=4)
        net.encoder = nn.Embedding(10, 4, max_norm=0.5)
        torch.save(net, tmp_path / "m.pt")
        debugger = opened(tmp_path / "m.pt", vocab=VOCAB, text="the hat")
        debugger.save(str(tmp_path / "m.safetensors"))
        indices = torch.tensor([VOCAB.index(ch) for ch in "the hat"])
        with torch.inference_mode():
            wanted = net.eval()(indices)
        for door in (debugger, opened(tmp_path / "m.safetensors")):
            for step, logits in zip(door.steps(1, 8), wanted, strict=True):
                assert step.prediction is not None
                assert step.prediction.logits == pytest.approx(logits.tolist(), **CLOSE)

    def test_plain_pytorch_reads_what_was_saved(self, tmp_path: Path) -> None:
        from safetensors.torch import load_file

        net = Net(10, 8, 2, e=8, kind=nn.GRU, tied=True)
        opened(saved(tmp_path, net)).save(str(tmp_path / "m.safetensors"))
        tensors = load_file(tmp_path / "m.safetensors")
        names = {"encoder": "embedding.", "rnn": "gru.", "decoder": "fc."}
        for part, start in names.items():
            given = {n.removeprefix(start): t for n, t in tensors.items() if n.startswith(start)}
            getattr(Net(10, 8, 2, e=8, kind=nn.GRU), part).load_state_dict(given)
            for name, tensor in getattr(net, part).state_dict().items():
                assert torch.equal(given[name], tensor)

    def test_training_keeps_a_tie(self, tmp_path: Path) -> None:
        debugger = opened(saved(tmp_path, Net(10, 8, e=8, tied=True)), vocab=VOCAB, text="the hat")
        parameters = debugger.about.parameters
        training = debugger.training(epochs=2)
        training.run()
        debugger.adopt(training)
        debugger.save(str(tmp_path / "m.safetensors"))
        assert opened(tmp_path / "m.safetensors").about.parameters == parameters


def test_the_self_check_sees_a_gate_in_the_wrong_place(tmp_path: Path) -> None:
    from lstm_tui.engine.loading.fused_check import self_check
    from lstm_tui.engine.loading.open_foreign import network

    found = read_foreign(saved(tmp_path, Net(10, 8, 2, e=4)))
    model = network(found)
    indices = torch.tensor([1, 2, 3, 4])
    assert self_check(model, found, indices).agrees
    weight = model.cells[1].get_parameter("cell.weight_hh")
    with torch.no_grad():
        weight.copy_(weight.roll(8, dims=0))
    checked = self_check(model, found, indices)
    assert not checked.agrees
    assert "do not trust them" in checked.sentence


class TestWhyTheSelfCheckDisagrees:
    """Float32 computations that part are rounding, or two models: float64 tells which."""

    @pytest.fixture(autouse=True)
    def _same_weights(self) -> None:
        torch.manual_seed(7)

    @pytest.mark.parametrize(("kind", "layers"), [(nn.LSTM, 1), (nn.LSTM, 2), (nn.GRU, 1)])
    def test_a_model_that_amplifies_rounding_is_called_that(self, tmp_path: Path, kind: Any, layers: int) -> None:
        path = saved(tmp_path, _scaled(Net(10, 24, layers, kind=kind), 40.0))
        note = opened(path, vocab=VOCAB, text=_long(300)).about.notes[0]
        growth = re.match(r"this model amplifies rounding \(about ([\d.]+) per step\): in float32 ", note)
        assert growth is not None, note
        assert 1.05 < float(growth[1]) < 10
        assert "report" not in note
        assert note.endswith("in float64 every step agrees")

    def test_a_gate_in_the_wrong_place_is_called_out_whatever_it_amplifies(self, tmp_path: Path) -> None:
        from lstm_tui.engine.loading.fused_check import self_check
        from lstm_tui.engine.loading.open_foreign import network

        found = read_foreign(saved(tmp_path, _scaled(Net(10, 24), 40.0)))
        model = network(found)
        with torch.no_grad():
            weight = model.cells[0].get_parameter("cell.bias_ih")
            weight.copy_(weight.roll(24, dims=0))
        checked = self_check(model, found, torch.arange(300) % 10)
        assert "do not trust them, and please report the file's layout" in checked.sentence

    def test_weights_too_large_for_float32_are_named_as_the_cause(self, tmp_path: Path) -> None:
        net = Net(10, 24)
        with (
            torch.no_grad()
        ):  # two units that are nearly the same, and logits that are their difference times a million
            for parameter in net.rnn.parameters():
                parameter[1::24] = parameter[0::24] * 1.0001
            net.decoder.weight[:, :2] = torch.tensor([1e6, -1e6])
        assert (
            opened(saved(tmp_path, net), vocab=VOCAB, text=_long(50))
            .about.notes[0]
            .startswith(
                "this model's weights are so large that float32 rounds visibly: in float32 the numbers shown differ"
            )
        )

    def test_weights_that_are_no_numbers_are_named_and_nobody_is_asked_to_report(self, tmp_path: Path) -> None:
        net = Net(10, 8)
        with torch.no_grad():
            net.rnn.weight_hh_l0[3, 2] = torch.nan
        path = saved(tmp_path, net)
        assert opened(path, vocab=VOCAB, text="the hat").about.notes == (
            "step 1 (t = 0), unit 3: i is nan because cell.weight_hh[3, 2] is nan; c goes there",
            "rnn.weight_hh_l0 holds 1 NaN weight: nothing computed from them is meaningful",
        )
        described = describe(str(path)).foreign_file
        assert described is not None
        assert described.checked == "not compared with nn.LSTM: rnn.weight_hh_l0 holds 1 NaN weight"


def _scaled(net: nn.Module, by: float) -> nn.Module:
    with torch.no_grad():
        for name, parameter in net.named_parameters():
            if "weight_hh" in name:
                parameter.mul_(by)
    return net


def _long(length: int) -> str:
    return "".join(VOCAB[index] for index in torch.randint(10, (length,), generator=torch.Generator().manual_seed(3)))


def _sentence(action: Any) -> str:
    with pytest.raises(UserError) as caught:
        action()
    return str(caught.value)
