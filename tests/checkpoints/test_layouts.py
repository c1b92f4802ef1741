"""Every layout that is promised to open, opens: shapes, vocabulary, and the numbers of the model it was made from."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import Any

import pytest
import torch
from torch import Tensor, nn

from lstm_tui.core.errors import UserError
from lstm_tui.core.options import ModelOptions
from lstm_tui.debugger.prepare import prepare
from lstm_tui.engine.loading.foreign_model import ForeignModel, LayerWeights
from lstm_tui.engine.loading.from_module import from_module
from tests.checkpoints.nets import Net, Stacked, fastai_names, read_foreign
from tests.checkpoints.wild import OPEN, VOCAB, Row

INDICES = torch.tensor([1, 5, 2, 2, 9, 0, 7, 3, 3, 8, 4, 6] * 3)


def stepped(model: ForeignModel, indices: Tensor) -> Tensor:
    """Logits of every step by the equations, in float64: nothing of torch's recurrent modules."""
    if model.embedding is None:
        rows = torch.eye(model.symbols, dtype=torch.float64)[indices]
    else:
        rows = model.embedding.double()[indices]
        if model.max_norm is not None:
            rows = rows * (model.max_norm / rows.norm(dim=1, keepdim=True)).clamp(max=1.0)
    for layer in model.layers:
        rows = {"lstm": _lstm, "gru": _gru}.get(model.kind, partial(_rnn, relu=model.kind == "rnn-relu"))(layer, rows)
    assert model.output_weight is not None
    bias = 0.0 if model.output_bias is None else model.output_bias.double()
    return rows @ model.output_weight.double().T + bias


def _pre(weight: Tensor, bias: Tensor | None, x: Tensor) -> Tensor:
    return weight.double() @ x + (0.0 if bias is None else bias.double())


def _lstm(layer: LayerWeights, rows: Tensor) -> Tensor:
    h = c = torch.zeros(layer.hidden_size, dtype=torch.float64)
    made = []
    for x in rows:
        i, f, g, o = (_pre(layer.weight_ih, layer.bias_ih, x) + _pre(layer.weight_hh, layer.bias_hh, h)).chunk(4)
        c = c / (1 + torch.exp(-f)) + torch.tanh(g) / (1 + torch.exp(-i))
        h = torch.tanh(c) / (1 + torch.exp(-o))
        made.append(h)
    return torch.stack(made)


def _gru(layer: LayerWeights, rows: Tensor) -> Tensor:
    h = torch.zeros(layer.hidden_size, dtype=torch.float64)
    made = []
    for x in rows:
        (xr, xz, xn), (hr, hz, hn) = (
            _pre(layer.weight_ih, layer.bias_ih, x).chunk(3),
            _pre(layer.weight_hh, layer.bias_hh, h).chunk(3),
        )
        z = 1 / (1 + torch.exp(-(xz + hz)))
        h = (1 - z) * torch.tanh(xn + hn / (1 + torch.exp(-(xr + hr)))) + z * h
        made.append(h)
    return torch.stack(made)


def _rnn(layer: LayerWeights, rows: Tensor, relu: bool) -> Tensor:
    h = torch.zeros(layer.hidden_size, dtype=torch.float64)
    made = []
    for x in rows:
        a = _pre(layer.weight_ih, layer.bias_ih, x) + _pre(layer.weight_hh, layer.bias_hh, h)
        h = a.clamp(min=0) if relu else a.tanh()
        made.append(h)
    return torch.stack(made)


def same_numbers(found: ForeignModel, original: nn.Module) -> None:
    with torch.inference_mode():
        reference = original.eval()(INDICES)
        torch.testing.assert_close(stepped(found, INDICES).float(), reference.float(), rtol=1e-5, atol=5e-5)


@pytest.mark.parametrize("name", OPEN)
def test_a_layout_opens_with_its_own_numbers(name: str, tmp_path: Path) -> None:
    torch.manual_seed(7)
    row: Row = OPEN[name]()
    found = read_foreign(row.write(tmp_path), **row.options)
    assert found.vocabulary == row.vocabulary
    assert found.tied is row.tied
    assert len(found.sha256) == 64
    same_numbers(found, row.model)


@pytest.mark.parametrize("name", OPEN)
def test_every_tensor_of_the_state_dict_has_one_role(name: str, tmp_path: Path) -> None:
    row: Row = OPEN[name]()
    found = read_foreign(row.write(tmp_path), **row.options)
    shapes = sorted(tuple(value.shape) for value in row.model.state_dict().values())
    expected = len(shapes) - (1 if row.tied else 0)
    assert len(found.roles) in (expected, len(shapes))
    assert len({role for _, _, role in found.roles}) == len(found.roles)


@pytest.mark.parametrize("name", OPEN)
def test_the_live_module_is_recognised_by_the_same_rules(name: str) -> None:
    torch.manual_seed(7)
    row: Row = OPEN[name]()
    found = from_module(row.model)
    assert found.tied is row.tied
    same_numbers(found, row.model)


class TestFromModule:
    def test_the_module_keeps_its_mode_and_its_weights_are_copied(self) -> None:
        net = Net(10, 8, 1, e=4).train()
        found = from_module(net)
        with torch.no_grad():
            net.encoder.weight.zero_()
        assert net.training
        assert float(found.embedding.abs().max()) > 0

    def test_its_attributes_are_searched_for_the_vocabulary(self) -> None:
        net = Net(10, 8, 1)
        vars(net)["chars"] = list(VOCAB)
        assert from_module(net).vocabulary == VOCAB

    def test_max_norm_is_kept(self) -> None:
        net = Net(10, 8, 1, e=4)
        net.encoder = nn.Embedding(10, 4, max_norm=0.5)
        found = from_module(net)
        assert found.max_norm == 0.5
        same_numbers(found, net)


class TestPartial:
    """Models that lack an end, and tensors that are no part of a model."""

    def test_a_bare_lstm_opens_without_guesses(self, tmp_path: Path) -> None:
        torch.save(nn.LSTM(10, 8, 2).state_dict(), tmp_path / "m.pt")
        found = read_foreign(tmp_path / "m.pt", vocab=VOCAB)
        assert found.output_weight is None
        assert found.symbols == 10
        assert any("no output layer" in line for line in found.inferred)

    def test_a_tied_weight_that_was_left_out_is_proved_by_the_bias(self, tmp_path: Path) -> None:
        net = Net(10, 8, 1, e=8, tied=True)
        torch.save({n: v for n, v in net.state_dict().items() if n != "decoder.weight"}, tmp_path / "m.pt")
        found = read_foreign(tmp_path / "m.pt")
        assert found.tied
        same_numbers(found, net)

    def test_equal_values_alone_are_not_called_tied(self, tmp_path: Path) -> None:
        net = Net(10, 8, 1, e=8)
        net.decoder.weight.data = net.encoder.weight.data.clone()
        torch.save(net.state_dict(), tmp_path / "m.pt")
        assert read_foreign(tmp_path / "m.pt").tied is False

    def test_class_weights_of_a_loss_are_named_and_not_used(self, tmp_path: Path) -> None:
        net = Net(10, 8, 1)
        torch.save(net.state_dict() | {"criterion.weight": torch.ones(10)}, tmp_path / "m.pt")
        found = read_foreign(tmp_path / "m.pt")
        assert ("criterion.weight", (10,), "not used: it weights the training loss") in found.roles
        same_numbers(found, net)

    def test_log_softmax_modules_are_seen_in_whole_modules_only(self, tmp_path: Path) -> None:
        net = Net(10, 8, 1)
        net.add_module("log", nn.LogSoftmax(dim=-1))
        torch.save(net, tmp_path / "whole.pt")
        torch.save(net.state_dict(), tmp_path / "state.pt")
        assert read_foreign(tmp_path / "whole.pt").log_softmax is True
        assert read_foreign(tmp_path / "state.pt").log_softmax is None

    def test_modules_without_weights_are_a_warning(self, tmp_path: Path) -> None:
        net = Net(10, 8, 1)
        net.add_module("act", nn.Tanh())
        torch.save(net, tmp_path / "m.pt")
        assert any("Tanh (act)" in warning for warning in read_foreign(tmp_path / "m.pt").warnings)

    @pytest.mark.parametrize("naming", ["before 1.0", "1", "2"])
    @pytest.mark.parametrize("shared", [True, False])
    def test_fastai_writes_weight_drop_in_three_ways(self, tmp_path: Path, naming: str, shared: bool) -> None:
        torch.manual_seed(7)
        net = Stacked(11, 6, 10, 3)
        torch.save({"model": fastai_names(net, naming, shared), "opt": None}, tmp_path / "learner.pth")
        found = read_foreign(tmp_path / "learner.pth")
        assert found.tied is shared
        same_numbers(found, net)
        encoder = {k[2:]: v for k, v in fastai_names(net, naming, shared).items() if k.startswith("0.")}
        torch.save(encoder, tmp_path / "encoder.pth")
        bare = read_foreign(tmp_path / "encoder.pth")
        assert bare.output_weight is None
        assert torch.equal(bare.layers[2].weight_hh, found.layers[2].weight_hh)

    def test_lstm1_and_lstm2_are_two_layers(self, tmp_path: Path) -> None:
        state = {f"lstm{n}.{k}": v for n in (2, 1) for k, v in nn.LSTM(10 if n == 1 else 8, 8).state_dict().items()}
        torch.save(state, tmp_path / "m.pt")
        found = read_foreign(tmp_path / "m.pt")
        assert [layer.input_size for layer in found.layers] == [10, 8]


def test_max_norm_of_a_saved_module_is_kept(tmp_path: Path) -> None:
    net = Net(10, 8, 1, e=4)
    net.encoder = nn.Embedding(10, 4, max_norm=0.5)
    torch.save(net, tmp_path / "m.pt")
    found = read_foreign(tmp_path / "m.pt")
    assert found.max_norm == 0.5
    same_numbers(found, net)


@pytest.mark.parametrize("nonlinearity", ["tanh", "relu"])
@pytest.mark.parametrize("shape", [{"layers": 1}, {"layers": 3, "e": 4}, {"layers": 2, "bias": False}])
def test_a_plain_rnn_opens_and_steps_as_torch_computes_it(
    nonlinearity: str, shape: dict[str, Any], tmp_path: Path
) -> None:
    """Its state dict says no nonlinearity: `--cell` does. A whole module, saved or live, says it itself."""
    torch.manual_seed(7)
    net = Net(10, 8, kind=partial(nn.RNN, nonlinearity=nonlinearity), **shape).eval()  # type: ignore[arg-type]
    path, whole, cell = tmp_path / "m.pt", tmp_path / "whole.pt", "rnn-relu" if nonlinearity == "relu" else "rnn"
    torch.save(net.state_dict(), path)
    torch.save(net, whole)
    for found in (read_foreign(path, cell=cell), read_foreign(whole), from_module(net)):
        assert found.kind == cell
        same_numbers(found, net)
        assert not any("nonlinearity" in line for line in found.inferred)
    debugger = prepare(ModelOptions(model=str(path), cell=cell, vocab=VOCAB, text="".join(VOCAB) * 3)).open()
    assert f"nn.RNN{' with relu' if nonlinearity == 'relu' else ''} agrees" in debugger.about.notes[-1]
    network, exact = debugger.debuggee.network.copy().double(), net.double()
    stack, indices = network.zero_state(), debugger.debuggee.rollout.indices
    one_hot = torch.eye(10, dtype=torch.float64)[indices] if "e" not in shape else exact.encoder(indices)
    hidden, logits = exact.rnn(one_hot[None])[0][0], exact.decoder(exact.rnn(one_hot[None])[0][0])
    with torch.inference_mode():
        for at, index in enumerate(indices.split(1)):
            stack, _ = network.advance(network.read(index), stack)
            torch.testing.assert_close(stack[-1][0][0], hidden[at], rtol=0, atol=1e-12)
            out = network.logits(stack[-1][0])
            assert out is not None
            torch.testing.assert_close(out[0], logits[at], rtol=0, atol=1e-12)
    debugger.to(5)
    top = shape["layers"] - 1
    values = debugger.step.layers[top].values
    assert set(values) == {"a", "h"}
    for unit in range(8):
        total, shown = debugger.explain(top, unit).equations
        assert sum(term.value for term in total.terms) == pytest.approx(values["a"][unit], abs=1e-5)
        assert shown.value == values["h"][unit]


def test_what_a_plain_rnns_weights_do_not_say_is_said(tmp_path: Path) -> None:
    torch.save(Net(10, 8, kind=nn.RNN).state_dict(), tmp_path / "m.pt")
    found = read_foreign(tmp_path / "m.pt")
    assert found.kind == "rnn"
    assert any("tanh, the default of nn.RNN" in line and "--cell rnn-relu" in line for line in found.inferred)
    with pytest.raises(UserError, match="holds a plain RNN, which --cell gru does not compute"):
        prepare(ModelOptions(model=str(tmp_path / "m.pt"), cell="gru", vocab=VOCAB))
    torch.save(Net(10, 8, kind=nn.RNN), tmp_path / "whole.pt")
    with pytest.raises(UserError, match="holds a plain RNN, which --cell rnn-relu does not compute"):
        prepare(ModelOptions(model=str(tmp_path / "whole.pt"), cell="rnn-relu", vocab=VOCAB))
