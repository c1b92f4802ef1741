"""The plain RNN against PyTorch's own: stepped, fused, trained, saved, explained, searched, as its description says."""

from __future__ import annotations

import math
from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file
from torch import nn

from lstm_tui.conditions import NameSpace, parse
from lstm_tui.core.errors import UserError
from lstm_tui.core.kinds import KINDS
from lstm_tui.core.options import ModelOptions
from lstm_tui.core.text import Text
from lstm_tui.core.vocabulary import Vocabulary
from lstm_tui.debugger.file_report import describe
from lstm_tui.debugger.prepare import prepare
from lstm_tui.engine.cells import ByHand, alike
from lstm_tui.engine.cells.rnn import RNN
from lstm_tui.engine.explain.unit_equations import equations
from lstm_tui.engine.network import fresh
from lstm_tui.engine.rollout import Rollout
from lstm_tui.engine.runners.fused_network import FusedNetwork
from lstm_tui.engine.runners.row_runner import row_runner
from lstm_tui.engine.search.search import Hit, Search
from lstm_tui.engine.stepping.substeps import substeps
from lstm_tui.engine.timeline import Timeline
from lstm_tui.engine.training.loop import recipe_for, train
from tests.engine.facts import edited
from tests.files_made import with_metadata

TEXT = "the quick brown fox, the lazy dog"
SIZES = (6, 4)


def reading(sizes: tuple[int, ...] = SIZES, text: str = TEXT) -> Rollout:
    vocabulary = Vocabulary.of(text)
    return Rollout(fresh(len(vocabulary), sizes, cell=RNN, seed=3), Text(vocabulary, text))


def saved(path: Path, **options: object) -> Path:
    debugger = prepare(ModelOptions(text=TEXT, cell="rnn", hidden=5, layers=2, **options)).open()  # type: ignore[arg-type]
    debugger.save(str(path))
    return path


@pytest.mark.parametrize("bias", [True, False])
def test_a_sequence_is_that_of_nn_rnn(bias: bool) -> None:
    torch.manual_seed(1)
    cell, theirs = RNN(3, 7, bias).double(), nn.RNN(3, 7, bias=bias).double()
    parts = KINDS["rnn"].shapes(3, 7, bias)
    assert {f"{name}_l0": shape for name, shape in parts.items()} == {n: p.shape for n, p in theirs.named_parameters()}
    theirs.load_state_dict({f"{name}_l0": cell.weights()[name] for name in parts})
    x = torch.randn(40, 1, 3, dtype=torch.float64)
    with torch.inference_mode():
        state = cell.zero_state()
        for row, wanted in zip(x, theirs(x)[0], strict=True):
            state, values = cell.advance(row, state)
            assert list(values) == ["a", "h"]
            torch.testing.assert_close(state[0], wanted, rtol=0, atol=1e-12)
            assert torch.equal(values["h"], values["a"].tanh())


def test_it_trains_through_nn_rnn_with_both_biases() -> None:
    read = reading((16,))
    assert isinstance(row_runner(read.model), FusedNetwork)
    model, before = read.model.copy(), read.model.weights()[0]
    losses = [update.loss for update in train(model, read.indices, recipe_for(len(read), epochs=40))]
    assert losses[-1] < losses[0] / 4
    assert not torch.equal(model.weights()[0]["bias_hh"], before["bias_hh"])
    assert torch.equal(read.model.weights()[0]["bias_hh"], before["bias_hh"])


def test_a_grus_file_is_read_by_nn_gru(tmp_path: Path) -> None:
    ours = prepare(ModelOptions(text=TEXT, cell="gru", hidden=5, layers=2, seed=4)).open()
    ours.save(str(tmp_path / "m.safetensors"))
    plain, tensors = nn.GRU(len(set(TEXT)), 5, 2), load_file(tmp_path / "m.safetensors")
    plain.load_state_dict({n.partition(".")[2]: tensor for n, tensor in tensors.items() if not n.startswith("fc.")})
    one_hot = torch.eye(len(set(TEXT)))[[ours.about.vocabulary.index(ch) for ch in TEXT]]
    hidden, _ = plain(one_hot)
    logits = hidden @ tensors["fc.weight"].T + tensors["fc.bias"]
    for position, step in enumerate(ours.steps(1, len(TEXT) + 1)):
        torch.testing.assert_close(torch.tensor(step.layers[1].values["h"]), hidden[position])
        torch.testing.assert_close(torch.tensor(step.prediction.logits), logits[position])


def test_a_file_is_read_by_nn_rnn_and_by_us_bit_for_bit(tmp_path: Path) -> None:
    path = saved(tmp_path / "m.safetensors")
    tensors = load_file(path)
    theirs = nn.RNN(len(set(TEXT)), 5, 2)
    theirs.load_state_dict({n.removeprefix("rnn."): tensor for n, tensor in tensors.items() if n.startswith("rnn.")})
    back = prepare(ModelOptions(model=str(path))).open()
    one_hot = torch.eye(len(set(TEXT)))[[back.about.vocabulary.index(ch) for ch in TEXT]]
    hidden, _ = theirs(one_hot)
    drawn = prepare(ModelOptions(text=TEXT, cell="rnn", hidden=5, layers=2)).open()
    assert back.about.cell == "rnn"
    for position in range(1, len(TEXT) + 1):
        back.to(position)
        drawn.to(position)
        assert back.step.layers[1].values == drawn.step.layers[1].values
        torch.testing.assert_close(torch.tensor(back.step.layers[1].values["h"]), hidden[position - 1])
    assert ("rnn.weight_hh_l1", (5, 5), "layer 2, h → sum (rows a)") in describe(str(path)).tensors


def test_what_is_no_rnn_is_refused(tmp_path: Path) -> None:
    path = saved(tmp_path / "m.safetensors")
    for cell in ("by-hand", "gru"):
        with pytest.raises(UserError, match=f"holds a plain RNN, which --cell {cell} cannot compute"):
            prepare(ModelOptions(model=str(path), cell=cell)).open()
    path.write_bytes(with_metadata(path.read_bytes(), cell="gru"))
    with pytest.raises(UserError, match="its cell is gru and its tensors are a plain RNN's"):
        prepare(ModelOptions(model=str(path))).open()
    with pytest.raises(UserError, match="holds an LSTM, which --cell rnn cannot compute"):
        prepare(ModelOptions(model="hello", cell="rnn")).open()
    assert list(alike(RNN)) == ["rnn"]
    with pytest.raises(UserError, match="of RNN cells and by-hand is of the LSTM kind"):
        reading().model.with_cell(ByHand)
    with pytest.raises(UserError, match="no forget gate"):
        fresh(3, 2, cell=RNN, forget_bias=1.0)


@pytest.mark.parametrize("layer", [0, 1])
def test_its_equations_add_up(layer: int) -> None:
    read = reading()
    for position in (1, 2, 17):
        values = read.step(position).layers[layer].values
        for unit in range(SIZES[layer]):
            total, shown = equations(read, position, layer, unit)
            assert (total.value, shown.value) == (values["a"][unit], values["h"][unit])
            assert math.fsum(term.value for term in total.terms) == pytest.approx(total.value, abs=1e-6)
            assert total.text == f"a = {total.value:+z.4f}"
            left, _, right = shown.text.removeprefix("h = tanh(").partition(") = ")
            assert math.tanh(float(left)) == pytest.approx(float(right), abs=1.5e-4)
    read.timeline = edited(read.timeline, 3, read.zero_stack())
    assert [line.quantity for line in equations(read, 3, layer, 0)] == ["a"]


def test_a_step_is_walked_through_its_own_lines() -> None:
    read = reading()
    stages = [step.stage for step in substeps(read, 5)]
    assert [stage.equation for stage in stages if stage][:4] == ["a = W x + R h' + b", "h = tanh a"] * 2
    assert [layer.values for layer in substeps(read, 5)[-1].layers] == [layer.values for layer in read.step(5).layers]


def test_the_sum_over_time_is_what_the_steps_show() -> None:
    read = reading()
    (row,) = read.values("a", 1, (2,), 1, len(TEXT) + 1)
    shown = [read.step(at).layers[1].values["a"][2] for at in range(1, len(TEXT) + 1)]
    assert row == pytest.approx(shown, abs=1e-6)


@pytest.mark.parametrize("cut", [None, 300])
def test_a_stop_is_found_where_the_steps_show_it(cut: int | None) -> None:
    """Across blocks, and across a state that was set by hand, forwards and back; no step is searched alone."""
    read = reading(text=TEXT * 20)
    if cut is not None:
        read.timeline = edited(read.timeline, cut, read.zero_stack())
    names = NameSpace.of(RNN.quantities, SIZES, read.vocabulary.symbols)
    wanted = parse("a[2] > 0.1 and l1.h[1] < prev(l1.h[1])", names)
    truth = []
    for position in range(1, len(read) + 1):
        step = read.step(position)
        above = step.layers[1]
        if step.layers[0].values["a"][2] > 0.1 and above.values["h"][1] < above.before["h"][1]:
            truth.append(position)
    assert 0 < len(truth) < len(read) / 2
    for forward in (True, False):
        search = Search(Timeline(read.model, read.indices, read.interventions), [wanted], forward, 1, len(read))
        assert [hit.position for hit in search if isinstance(hit, Hit)] == truth[:: 1 if forward else -1]
        assert not search.one_by_one
