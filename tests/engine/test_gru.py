"""The GRU against PyTorch's own, alone, in a stack, in its fused form, in its equations and in its file."""

from __future__ import annotations

import math

import pytest
import torch
from torch import nn

from lstm_tui.core.errors import UserError
from lstm_tui.core.text import Text
from lstm_tui.core.vocabulary import Vocabulary
from lstm_tui.engine.cells import ByHand, alike
from lstm_tui.engine.cells.gru import GRU
from lstm_tui.engine.explain.unit_equations import equations
from lstm_tui.engine.network import fresh
from lstm_tui.engine.rollout import Rollout
from lstm_tui.engine.runners.fused_network import FusedNetwork
from lstm_tui.engine.runners.row_runner import row_runner
from lstm_tui.engine.training.loop import recipe_for, train
from tests.engine.facts import CELLS, edited

TEXT = "the quick brown fox, the lazy dog"


def reading(units: int = 5, layers: int = 2, seed: int = 3) -> Rollout:
    vocabulary = Vocabulary.of(TEXT)
    return Rollout(fresh(len(vocabulary), units, layers, GRU, seed), Text(vocabulary, TEXT))


@pytest.mark.parametrize(("inputs", "units"), [(1, 1), (3, 7), (20, 16)])
def test_the_cell_is_nn_gru_in_float64(inputs: int, units: int) -> None:
    torch.manual_seed(1)
    original = nn.GRU(inputs, units).double()
    cell = GRU(inputs, units).double()
    cell.load({name.removesuffix("_l0"): tensor for name, tensor in original.named_parameters()})
    x = torch.randn(40, 1, inputs, dtype=torch.float64)
    with torch.inference_mode():
        expected, _ = original(x)
        state = cell.zero_state()
        for row, wanted in zip(x, expected, strict=True):
            state, values = cell.advance(row, state)
            assert list(values) == ["r", "z", "n", "h"]
            torch.testing.assert_close(state[0], wanted, rtol=0, atol=1e-12)


def test_its_gates_are_the_papers_equations_with_the_reset_after_the_product() -> None:
    cell = GRU(3, 4).double()
    x, h = torch.randn(1, 3, dtype=torch.float64), torch.randn(1, 4, dtype=torch.float64)
    w = cell.weights()
    with torch.inference_mode():
        (new,), made = cell.advance(x, (h,))
        for unit in range(4):
            a = [float(w["weight_ih"][k * 4 + unit] @ x[0] + w["bias_ih"][k * 4 + unit]) for k in range(3)]
            b = [float(w["weight_hh"][k * 4 + unit] @ h[0] + w["bias_hh"][k * 4 + unit]) for k in range(3)]
            r, z = (1 / (1 + math.exp(-(a[k] + b[k]))) for k in (0, 1))
            n = math.tanh(a[2] + r * b[2])
            assert [float(made[name][0, unit]) for name in "rzn"] == pytest.approx([r, z, n], abs=1e-12)
            assert float(new[0, unit]) == pytest.approx((1 - z) * n + z * float(h[0, unit]), abs=1e-12)


def test_the_fused_form_gives_the_stepped_numbers() -> None:
    read = reading()
    fast = row_runner(read.model)
    assert isinstance(fast, FusedNetwork)
    with torch.inference_mode():
        hidden, stack = fast.every_layer(read.model.inputs(read.indices)[:, None], read.model.zero_state())
    for position in range(1, len(read) + 1):
        for layer, rows in enumerate(hidden):
            wanted = read.step(position).layers[layer].values["h"]
            assert rows[position - 1, 0].tolist() == pytest.approx(wanted, abs=1e-6)
    assert [state[0].shape for state in stack] == [(1, 5), (1, 5)]


def test_training_it_learns_and_trains_both_biases() -> None:
    read = reading(16, 1)
    model = read.model.copy()
    before = model.weights()[0]
    losses = [update.loss for update in train(model, read.indices, recipe_for(len(read), epochs=60))]
    after = model.weights()[0]
    assert losses[-1] < losses[0] / 4
    assert not torch.equal(before["bias_hh"], after["bias_hh"])
    assert torch.equal(read.model.weights()[0]["bias_hh"], before["bias_hh"])


@pytest.mark.parametrize("layer", [0, 1])
def test_its_equations_add_up(layer: int) -> None:
    read = reading()
    for position in (1, 2, 17):
        step = read.step(position)
        for unit in range(5):
            lines = equations(read, position, layer, unit)
            assert [line.quantity for line in lines] == ["r", "z", "n", "h"]
            for line in lines:
                assert line.value == step.layers[layer].values[line.quantity][unit]
            for line, squash in zip(lines[:3], (torch.sigmoid, torch.sigmoid, torch.tanh), strict=True):
                z = torch.tensor(math.fsum(term.value for term in line.terms), dtype=torch.float64)
                assert float(squash(z)) == pytest.approx(line.value, abs=1e-6)
            left, _, right = lines[3].text.partition(" = ")[2].partition(" = ")
            printed = eval(left.replace("×", "*"))  # a reader with a calculator
            assert printed == pytest.approx(float(right.split()[0]), abs=3e-4)


def test_equations_at_the_zero_state_and_where_the_state_was_set_by_hand() -> None:
    read = reading()
    assert not any(line.text or line.terms for line in equations(read, 0, 0, 0))
    read.timeline = edited(read.timeline, 3, read.zero_stack())
    assert [line.quantity for line in equations(read, 3, 0, 0)] == ["r", "z", "n"]


def test_its_weights_go_to_no_lstm_and_no_lstms_to_it() -> None:
    assert list(alike(GRU)) == ["gru"]
    assert list(alike(ByHand)) == list(CELLS)
    for model, other in ((reading().model, ByHand), (fresh(3, 2), GRU)):
        with pytest.raises(UserError, match="its weights have a different meaning there"):
            model.with_cell(other)


def test_it_has_no_forget_gate() -> None:
    with pytest.raises(UserError, match="no forget gate"):
        fresh(3, 2, cell=GRU, forget_bias=1.0)
