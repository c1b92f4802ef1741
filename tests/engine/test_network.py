"""The stack of cells and the output layer: what a seed draws, what it computes, what a copy shares."""

from __future__ import annotations

import pytest
import torch
from torch import nn

from lstm_tui.engine.cells import LSTMCell
from lstm_tui.engine.network import Network, fresh
from lstm_tui.engine.runners.fused_network import FusedNetwork
from tests.engine.facts import CELLS

cells = pytest.mark.parametrize("kind", list(CELLS.values()), ids=list(CELLS))


def plain_lstm(model: Network) -> nn.LSTM:
    """A stacked `nn.LSTM` with the model's weights."""
    lstm = nn.LSTM(model.input_size, model.hidden_sizes[0], len(model.cells)).to(model.output.weight)
    names = ("weight_ih", "weight_hh", "bias_ih", "bias_hh")
    layers = enumerate(model.weights())
    lstm.load_state_dict({f"{name}_l{at}": layer[name] for at, layer in layers for name in names})
    return lstm


def tops(model: Network, indices: torch.Tensor) -> torch.Tensor:
    """The top layer's h at every step, (T, H), stepped."""
    stack, rows = model.zero_state(), []
    for x in torch.split(model.inputs(indices), 1):
        stack, layers = model.advance(x, stack)
        rows.append(layers[-1]["h"])
    return torch.cat(rows)


@cells
@pytest.mark.parametrize(("layers", "units"), [(1, 1), (1, 8), (2, 5), (3, 4)])
def test_a_stack_is_nn_lstm(kind: type[LSTMCell], layers: int, units: int) -> None:
    indices = torch.randint(0, 6, (300,), generator=torch.Generator().manual_seed(3))
    for dtype, bound in ((torch.float64, 1e-12), (torch.float32, 5e-5)):
        model = fresh(6, units, layers, kind, seed=5).to(dtype)
        with torch.no_grad():
            wanted, _ = plain_lstm(model)(model.inputs(indices)[:, None])
            stepped = tops(model, indices)
            fast, _ = FusedNetwork(model)(model.inputs(indices)[:, None], model.zero_state())
        for mine in (stepped, fast[:, 0]):
            assert torch.all((mine - wanted[:, 0]).abs() <= bound * (1 + wanted[:, 0].abs()))


@cells
def test_a_seed_draws_the_cells_and_then_the_output_layer(kind: type[LSTMCell]) -> None:
    model = fresh(4, 8, 2, kind, seed=7)
    torch.manual_seed(7)
    first, second, output = kind(4, 8), kind(8, 8), nn.Linear(8, 4)
    for mine, theirs in zip(model.cells, (first, second), strict=True):
        for name, tensor in theirs.state_dict().items():
            assert torch.equal(mine.state_dict()[name], tensor)
    assert torch.equal(model.output.weight, output.weight)
    assert torch.equal(model.output.bias, output.bias)


@cells
def test_nobodys_random_numbers_are_used_up(kind: type[LSTMCell]) -> None:
    torch.manual_seed(11)
    wanted = torch.rand(3)
    torch.manual_seed(11)
    model = fresh(4, 8, 1, kind, seed=7, forget_bias=1.0)
    model.copy()
    FusedNetwork(model)
    assert torch.equal(torch.rand(3), wanted)


@cells
def test_a_fresh_model_with_a_forget_bias_starts_open(kind: type[LSTMCell]) -> None:
    model = fresh(5, 64, 2, kind, forget_bias=2.0)
    _, layers = model.advance(model.inputs(torch.tensor([1])), model.zero_state())
    for layer in layers:
        assert layer["f"].mean().item() == pytest.approx(0.88, abs=0.02)


@pytest.mark.parametrize("source", list(CELLS))
@pytest.mark.parametrize("target", list(CELLS))
def test_another_cell_computes_the_same_and_shares_nothing(source: str, target: str) -> None:
    model = fresh(5, 6, 2, CELLS[source], seed=1)
    other = model.with_cell(CELLS[target])
    indices = torch.arange(50) % 5
    before = tops(model, indices)
    assert other.cell_type is CELLS[target]
    assert torch.allclose(before, tops(other, indices), atol=1e-6)
    for tensor in other.parameters():
        tensor.fill_(9.0)
    assert torch.equal(before, tops(model, indices))


def test_layers_of_unequal_widths() -> None:
    model = Network(3, (5, 2, 7), 3)
    stack, layers = model.advance(model.inputs(torch.tensor([2])), model.zero_state())
    assert [layer["c"].shape for layer in layers] == [(1, 5), (1, 2), (1, 7)]
    assert [h.shape for h, _ in stack] == [(1, 5), (1, 2), (1, 7)]
    assert model.logits(stack[-1][0]).shape == (1, 3)
    assert model.copy().hidden_sizes == (5, 2, 7)


def test_an_embedding_stands_for_the_one_hot_rows() -> None:
    torch.manual_seed(0)
    table = torch.randn(6, 3)
    model = Network(6, 4, 6, embedding=table)
    indices = torch.tensor([5, 0, 5])
    assert torch.equal(model.inputs(indices), table[indices])
    assert torch.equal(tops(model.copy(), indices), tops(model, indices))


def test_training_results_can_be_written_back() -> None:
    model = fresh(4, 8, 2, CELLS["fused"])
    fast = FusedNetwork(model)
    with torch.no_grad():
        for tensor in fast.parameters():
            if tensor.requires_grad:
                tensor.add_(0.125)
    indices = torch.arange(20) % 4
    fast.write_back(model)
    with torch.no_grad():
        wanted, _ = fast(model.inputs(indices)[:, None], model.zero_state())
    assert torch.allclose(tops(model, indices), wanted[:, 0], atol=1e-6)
