"""Every cell computes the paper's LSTM, draws what plain PyTorch would draw, and hands its weights on unharmed."""

from __future__ import annotations

import math

import pytest
import torch
from torch import Tensor, nn

from lstm_tui.core.errors import UserError
from lstm_tui.core.kinds import IMPLEMENTATIONS
from lstm_tui.engine.cells import ALL, ByHand, LSTMCell, cell_named
from lstm_tui.engine.cells.builtin import Builtin
from lstm_tui.engine.cells.fused import Fused
from tests.engine.facts import CELLS, NAMES, ONE_CELL, bias, largest_gap, paper_step, table

SIZES = [(4, 4), (3, 8), (1, 1), (5, 1), (1, 6)]
cells = pytest.mark.parametrize("kind", list(CELLS.values()), ids=list(CELLS))


def made(kind: type[LSTMCell], inputs: int, units: int, seed: int = 1) -> LSTMCell:
    torch.manual_seed(seed)
    return kind(inputs, units)


def plain(values: dict[str, Tensor]) -> dict[str, list[float]]:
    return {name: row[0].tolist() for name, row in values.items()}


def reference(cell: LSTMCell) -> nn.LSTM:
    """`nn.LSTM` with the cell's own weights."""
    lstm = nn.LSTM(cell.input_size, cell.hidden_size).to(next(cell.parameters()))
    now = cell.weights()
    parts = ("weight_ih", "weight_hh", "bias_ih", "bias_hh")
    lstm.load_state_dict({f"{part}_l0": now[part] for part in parts})
    return lstm


def test_the_cells_are_those_that_are_listed_without_torch() -> None:
    assert {name: cell.quantities for name, cell in ALL.items()} == {
        n: c.kind.quantities for n, c in IMPLEMENTATIONS.items()
    }
    assert list(ALL) == list(IMPLEMENTATIONS)


@cells
@pytest.mark.parametrize(("inputs", "units"), SIZES)
@pytest.mark.parametrize(("dtype", "tolerance"), [(torch.float64, 1e-12), (torch.float32, 1e-6)])
def test_one_step_is_the_papers(
    kind: type[LSTMCell], inputs: int, units: int, dtype: torch.dtype, tolerance: float
) -> None:
    cell = made(kind, inputs, units).to(dtype)
    x, h, c = (torch.randn(1, size, dtype=dtype) for size in (inputs, units, units))
    (new_h, new_c), values = cell.advance(x, (h, c))
    now = cell.weights()
    biases = [a + b for a, b in zip(now["bias_ih"].tolist(), now["bias_hh"].tolist(), strict=True)]
    wanted = paper_step(
        x[0].tolist(), h[0].tolist(), c[0].tolist(), now["weight_ih"].tolist(), now["weight_hh"].tolist(), biases
    )
    assert set(values) == set(NAMES)
    assert largest_gap(plain(values), wanted) <= tolerance
    assert torch.equal(new_h, values["h"])
    assert torch.equal(new_c, values["c"])


@cells
@pytest.mark.parametrize(("inputs", "units"), SIZES)
def test_a_sequence_is_that_of_nn_lstm(kind: type[LSTMCell], inputs: int, units: int) -> None:
    for dtype in (torch.float64, torch.float32):
        cell = made(kind, inputs, units).to(dtype)
        x = torch.randn(60, 2, inputs, dtype=dtype)
        with torch.no_grad():
            wanted, (h_n, c_n) = reference(cell)(x)
            state = cell.zero_state(2)
            for row, target in zip(x, wanted, strict=True):
                state, _ = cell.advance(row, state)
                bound = 1e-12 if dtype == torch.float64 else 5e-5
                assert torch.all((state[0] - target).abs() <= bound * (1 + target.abs()))
        assert torch.allclose(state[0], h_n[0], atol=1e-5)
        assert torch.allclose(state[1], c_n[0], atol=1e-5)


@cells
def test_gradients_are_those_of_nn_lstm(kind: type[LSTMCell]) -> None:
    cell = made(kind, 3, 4).double()
    lstm = reference(cell)
    x = torch.randn(7, 1, 3, dtype=torch.float64)
    lstm(x)[0].pow(2).sum().backward()
    state, total = cell.zero_state(), torch.zeros((), dtype=torch.float64)
    for row in x:
        state, _ = cell.advance(row, state)
        total = total + state[0].pow(2).sum()
    leaf = torch.autograd.grad(total, list(cell.parameters()))
    square = sum(float(g.pow(2).sum()) for g in leaf)
    theirs = [p.grad for name, p in lstm.named_parameters() if kind is Builtin or name != "bias_hh_l0"]
    assert math.isclose(square, sum(float(g.pow(2).sum()) for g in theirs if g is not None), rel_tol=1e-10)


def test_the_one_cell_fact() -> None:
    cell = made(ByHand, 4, 4, seed=0)
    x = torch.eye(4)[[1]]  # 'h' in e h l o
    with torch.no_grad():
        _, values = cell.advance(x, cell.zero_state())
    assert largest_gap(plain(values), table(ONE_CELL)) <= 0.0051


def test_by_hand_draws_four_linear_layers_forget_input_candidate_output() -> None:
    cell = made(ByHand, 3, 5, seed=4)
    torch.manual_seed(4)
    forget, into, candidate, output = (nn.Linear(8, 5) for _ in range(4))
    x, h, c = torch.randn(1, 3), torch.randn(1, 5), torch.randn(1, 5)
    _, values = cell.advance(x, (h, c))
    hx = torch.cat([h, x], dim=1)
    for name, layer, squash in (
        ("f", forget, torch.sigmoid),
        ("i", into, torch.sigmoid),
        ("c_tilde", candidate, torch.tanh),
        ("o", output, torch.sigmoid),
    ):
        assert torch.equal(values[name], squash(layer(hx))), name


def test_fused_draws_one_linear_layer_cut_into_f_i_c_o() -> None:
    cell = made(Fused, 3, 5, seed=4)
    torch.manual_seed(4)
    layer = nn.Linear(8, 20)
    x, h, c = torch.randn(1, 3), torch.randn(1, 5), torch.randn(1, 5)
    _, values = cell.advance(x, (h, c))
    f, i, g, o = layer(torch.cat([x, h], dim=1)).split(5, dim=1)
    for name, z, squash in (
        ("f", f, torch.sigmoid),
        ("i", i, torch.sigmoid),
        ("c_tilde", g, torch.tanh),
        ("o", o, torch.sigmoid),
    ):
        assert torch.equal(values[name], squash(z)), name


def test_builtin_draws_an_lstm_cell() -> None:
    cell = made(Builtin, 3, 5, seed=4)
    torch.manual_seed(4)
    theirs = nn.LSTMCell(3, 5)
    x, h, c = torch.randn(1, 3), torch.randn(1, 5), torch.randn(1, 5)
    (new_h, new_c), _ = cell.advance(x, (h, c))
    wanted = theirs(x, (h, c))
    assert torch.equal(new_h, wanted[0])
    assert torch.equal(new_c, wanted[1])


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
@pytest.mark.parametrize("bias", [True, False])
@torch.no_grad()
def test_builtin_is_the_kernel_to_the_last_bit(dtype: torch.dtype, bias: bool) -> None:
    for units in (1, 3, 7, 8, 31, 64, 257):
        for batch in (1, 2, 5):
            torch.manual_seed(units)
            cell = Builtin(5, units, bias).to(dtype)
            h, c = torch.zeros(batch, units, dtype=dtype), torch.zeros(batch, units, dtype=dtype)
            for _ in range(4):
                x = torch.randn(batch, 5, dtype=dtype) * 3
                (new_h, new_c), values = cell.advance(x, (h, c))
                h, c = cell.cell(x, (h, c))
                assert torch.equal(new_h, h)
                assert torch.equal(new_c, c)
                assert torch.equal(values["o"] * c.tanh(), h)


@pytest.mark.parametrize("source", list(CELLS))
@pytest.mark.parametrize("target", list(CELLS))
@pytest.mark.parametrize(("inputs", "units"), [(3, 4), (1, 1), (4, 3)])
def test_weights_go_from_any_cell_to_any(source: str, target: str, inputs: int, units: int) -> None:
    one, other = made(CELLS[source], inputs, units), made(CELLS[target], inputs, units, seed=2)
    given = one.weights()
    other.load(given)
    taken = other.weights()
    assert torch.equal(taken["weight_ih"], given["weight_ih"])
    assert torch.equal(taken["weight_hh"], given["weight_hh"])
    assert torch.equal(bias(taken), bias(given))
    x, h, c = torch.randn(1, inputs), torch.randn(1, units), torch.randn(1, units)
    assert largest_gap(plain(one.advance(x, (h, c))[1]), plain(other.advance(x, (h, c))[1])) <= 1e-6


@cells
@pytest.mark.parametrize(("value", "mean"), [(0.0, 0.5), (1.0, 0.731), (2.0, 0.881)])
def test_a_forget_bias_is_counted_once(kind: type[LSTMCell], value: float, mean: float) -> None:
    """Two biases are added: a cell with two must not open its gate twice as far (σ(2) where σ(1) was asked)."""
    cell = made(kind, 4, 64)
    before = cell.weights()
    others = [t.clone() for t in (before["weight_ih"], before["weight_hh"], bias(before)[:64], bias(before)[128:])]
    cell.set_forget_bias(value)
    now = cell.weights()
    assert torch.equal(bias(now)[64:128], torch.full((64,), value))
    for then, after in zip(others, (now["weight_ih"], now["weight_hh"], bias(now)[:64], bias(now)[128:]), strict=True):
        assert torch.equal(then, after)
    _, values = cell.advance(torch.zeros(1, 4), cell.zero_state())
    assert values["f"].mean().item() == pytest.approx(mean, abs=0.0005)


def test_filling_both_biases_is_what_set_forget_bias_avoids() -> None:
    cell = made(Builtin, 4, 64)
    now = cell.weights()
    ih, hh = now["bias_ih"].detach().clone(), now["bias_hh"].detach().clone()
    ih[64:128], hh[64:128] = 1.0, 1.0
    cell.load({**now, "bias_ih": ih, "bias_hh": hh})
    _, values = cell.advance(torch.zeros(1, 4), cell.zero_state())
    assert values["f"].mean().item() == pytest.approx(0.881, abs=0.0005)


@cells
def test_the_zero_state(kind: type[LSTMCell]) -> None:
    h, c = made(kind, 3, 5).zero_state(2)
    assert h.shape == c.shape == (2, 5)
    assert not h.any()
    assert not c.any()


def test_an_unknown_cell_lists_the_names_and_the_nearest() -> None:
    assert cell_named("fused") is Fused
    with pytest.raises(UserError, match=r"'fusd' \(did you mean fused\?\): choose one of by-hand, fused, builtin"):
        cell_named("fusd")
    with pytest.raises(UserError) as caught:
        cell_named("\x1b[31m")
    assert "\x1b" not in str(caught.value)
