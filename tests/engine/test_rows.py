"""Rows of numbers: every number is PyTorch's own, in float64, and so is what is found, differentiated and forecast."""

from __future__ import annotations

from array import array
from collections.abc import Iterator

import pytest
import torch
from torch import Tensor, nn
from torch.nn import functional

from lstm_tui.conditions import NameSpace, parse
from lstm_tui.core.clamps import read_clamp
from lstm_tui.core.number_rows.number_table import NumberTable
from lstm_tui.core.number_rows.row_sequence import RowFormat, Rows
from lstm_tui.core.number_rows.scaling import measured
from lstm_tui.core.questions.objective import Objective
from lstm_tui.core.step import Step
from lstm_tui.engine.causes.gradients import BackwardPass
from lstm_tui.engine.network import Network, fresh
from lstm_tui.engine.rollout import Rollout
from lstm_tui.engine.sampling import writing
from lstm_tui.engine.search.search import Hit, Search
from lstm_tui.engine.training.loop import Recipe, train

LENGTH, CHANNELS, TARGETS = 530, ("temp", "rain", "wind"), ("rain", "temp")


def rows(window: int | None = None) -> Rows:
    draw = torch.Generator().manual_seed(3)
    values = torch.randn(LENGTH, 3, generator=draw, dtype=torch.float64) * torch.tensor([4.0, 30.0, 1.0]) + 12
    columns = {name: array("d", values[:, at].tolist()) for at, name in enumerate(CHANNELS)}
    return Rows(RowFormat(CHANNELS, TARGETS, measured("standard", columns), window), NumberTable(columns, None))


class Plain(nn.Module):
    """What a forecaster writes."""

    def __init__(self, model: Network) -> None:
        super().__init__()
        self.lstm, self.fc = nn.LSTM(3, 6, 2), nn.Linear(6, 2)
        self.double()
        with torch.no_grad():
            for at, layer in enumerate(model.weights()):
                for name in ("weight_ih", "weight_hh", "bias_ih"):
                    getattr(self.lstm, f"{name}_l{at}").copy_(layer[name])
                getattr(self.lstm, f"bias_hh_l{at}").zero_()
            assert model.output is not None
            self.fc.load_state_dict(model.output.state_dict())

    def forward(self, x: Tensor, window: int | None) -> Tensor:
        return torch.cat([self.fc(self.lstm(part)[0]) for part in x.split(window or len(x))])


def network(kind: torch.dtype = torch.float64) -> Network:
    return fresh(3, (6, 6), outputs=2, seed=5).to(kind)


def expected(read: Rollout, window: int | None) -> tuple[Tensor, Tensor, Tensor]:
    """Outputs in the model's units, raw ones, and losses; (T, …) each."""
    codes = torch.tensor(read.sequence.codes, dtype=torch.float64).view(LENGTH, 3)
    assert isinstance(read.sequence, Rows)
    raw = torch.tensor([list(read.sequence.raw[name]) for name in TARGETS], dtype=torch.float64).t()
    mean, std = raw.mean(0), raw.std(0, correction=0)
    with torch.no_grad():
        said = Plain(read.model)(codes, window)
    lost = functional.mse_loss(said[:-1], ((raw - mean) / std)[1:], reduction="none").mean(1)
    return said, said * std + mean, lost


@pytest.fixture(scope="module", params=[None, 24], ids=["one reading", "windows of 24"])
def window(request: pytest.FixtureRequest) -> int | None:
    found: int | None = request.param
    return found


@pytest.fixture(scope="module")
def read(window: int | None) -> Rollout:
    return Rollout(network(), rows(window))


@pytest.fixture(scope="module")
def steps(read: Rollout) -> list[Step]:
    return list(read.steps(1, LENGTH + 1))


def test_every_step_is_pytorchs(read: Rollout, steps: list[Step], window: int | None) -> None:
    said, raw, lost = expected(read, window)
    outputs = torch.tensor([step.row.output for step in steps], dtype=torch.float64)  # type: ignore[union-attr]
    logits = torch.tensor([step.prediction.logits for step in steps], dtype=torch.float64)  # type: ignore[union-attr]
    losses = torch.tensor([step.prediction.loss for step in steps[:-1]], dtype=torch.float64)  # type: ignore[union-attr]
    for mine, theirs in ((logits, said), (outputs, raw), (losses, lost)):
        assert float(((mine - theirs).abs() / (1 + theirs.abs())).max()) < 1e-12
    assert steps[-1].row is not None
    assert steps[-1].row.target is None
    assert steps[-1].prediction is not None
    assert steps[-1].prediction.loss is None
    assert (
        [step.row.target for step in steps[:-1] if step.row]
        == [  # the row's value one step on, as it is in the file
            (step.row.x[1], step.row.x[0]) for step in steps[1:] if step.row and step.row.x
        ]
    )
    jumped = Rollout(read.model, read.sequence)
    assert jumped.step(520).layers[1].values == steps[519].layers[1].values


def test_values_over_time_are_the_steps(read: Rollout, steps: list[Step]) -> None:
    for layer, name in ((0, "c"), (0, "f"), (1, "i"), (1, "h")):
        found = read.values(name, layer, (0, 5), 1, 120)
        own = [[step.layers[layer].values[name][unit] for step in steps[:119]] for unit in (0, 5)]
        assert float((torch.tensor(found).double() - torch.tensor(own).double()).abs().max()) < 1e-6


CONDITIONS = {
    "x['rain'] > 40": lambda s: s.row.x[1] > 40,
    "error['temp'] > 5": lambda s: s.row.target and s.row.output[1] - s.row.target[1] > 5,
    "max(out) > 18 and y['rain'] < 0": lambda s: max(s.row.output) > 18 and s.row.target and s.row.target[0] < 0,
    "any(error > 40)": lambda s: (
        s.row.target and any(o - y > 40 for o, y in zip(s.row.output, s.row.target, strict=True))
    ),
    "loss > 1.5": lambda s: s.prediction.loss is not None and s.prediction.loss > 1.5,
}


@pytest.fixture(scope="module")
def single(window: int | None) -> tuple[Rollout, list[Step]]:
    """In float32, as models are searched."""
    reading = Rollout(network(torch.float32), rows(window))
    return reading, list(reading.steps(1, LENGTH + 1))


@pytest.mark.parametrize("text", CONDITIONS)
def test_conditions_hold_where_the_steps_say(text: str, single: tuple[Rollout, list[Step]]) -> None:
    reading, listed = single
    assert isinstance(reading.sequence, Rows)
    condition = parse(text, NameSpace.of(reading.model.cell_type.quantities, (6, 6), reading.sequence.form))
    timeline = Rollout(reading.model, reading.sequence).timeline
    found = {hit.position for hit in Search(timeline, [condition], True, 1, LENGTH) if isinstance(hit, Hit)}
    wanted = {step.position for step in listed if CONDITIONS[text](step)}  # type: ignore[no-untyped-call]
    assert found == wanted
    assert 0 < len(wanted) < LENGTH


def test_derivatives_are_autograds(read: Rollout, window: int | None) -> None:
    codes = torch.tensor(read.sequence.codes, dtype=torch.float64).view(LENGTH, 3).requires_grad_()
    assert read.timeline.expected.numbers is not None
    said = Plain(read.model)(codes, window)
    (by_x,) = torch.autograd.grad((said[:-1] - read.timeline.expected.truth[1:]).square().mean(1).sum(), codes)
    found = BackwardPass(read.timeline, Objective(None, None)).forward(1, LENGTH)
    mine = torch.cat([step.x for step in found])
    assert float((mine - by_x).abs().max()) < 1e-10


def test_a_forecast_reads_its_own_predictions_and_the_rest_stays(read: Rollout, window: int | None) -> None:
    written = list(writing(read, 490, 40, 1.0, 0))
    after = read.continued(490, written)
    said = [step.row.output for step in after.steps(490, 530)]  # type: ignore[union-attr]
    assert torch.allclose(torch.tensor(said), torch.tensor(written), rtol=1e-12)
    assert isinstance(after.sequence, Rows)
    assert set(after.sequence.raw["wind"][490:]) == {after.sequence.raw["wind"][489]}
    assert list(after.sequence.raw["temp"][490:]) == [pair[1] for pair in written if not isinstance(pair, int)]


def test_training_is_what_a_loop_with_nn_lstm_learns(window: int | None) -> None:
    model = network()
    read, plain = Rollout(model, rows(window)), Plain(model)
    codes = torch.tensor(read.sequence.codes, dtype=torch.float64).view(LENGTH, 3)
    plain.lstm.bias_hh_l0.requires_grad_(False)
    plain.lstm.bias_hh_l1.requires_grad_(False)
    optimiser = torch.optim.Adam([p for p in plain.parameters() if p.requires_grad], 0.01)
    size = window or LENGTH
    lost = list[float]()
    for _ in range(2):
        for x, y in zip(codes[:-1].split(size), read.timeline.expected.truth[1:].split(size), strict=True):
            optimiser.zero_grad()
            loss = functional.mse_loss(plain.fc(plain.lstm(x)[0]), y)
            loss.backward()
            optimiser.step()
            lost.append(loss.item() * len(x))
    how = Recipe(2, 0.01, 1, size, None, False, reset=True)
    updates: Iterator[float] = (
        u.loss for u in train(model, read.indices, how, None, read.timeline.expected.truth) if u.done
    )
    half = len(lost) // 2
    assert list(updates) == pytest.approx([sum(lost[:half]) / (LENGTH - 1), sum(lost[half:]) / (LENGTH - 1)], rel=1e-9)
    assert model.output is not None
    assert float((model.output.weight - plain.fc.weight.detach()).abs().max()) < 1e-9


def test_what_is_held_is_held_across_windows(window: int | None) -> None:
    """A clamped c changes what follows it up to the window's end, and nothing of the next; a gate changes c and h."""
    clamps = [read_clamp("c[2] = 0.75 from 20 to 30"), read_clamp("l1.f[0] = 0.5 from 22 to 26")]
    read = Rollout(network(), rows(window)).with_clamps(clamps)
    plain = Plain(read.model).lstm
    codes = torch.tensor(read.sequence.codes, dtype=torch.float64).view(LENGTH, 3)
    state = [torch.zeros(4, 6, dtype=torch.float64) for _ in range(2)]
    with torch.no_grad():
        for t, row in enumerate(codes[:60]):
            if window is not None and t % window == 0:
                state = [torch.zeros(4, 6, dtype=torch.float64) for _ in range(2)]
            step, x = read.step(t + 1), row
            for layer in (0, 1):
                h, c = state[layer][:2]
                w, u, b = (getattr(plain, f"{name}_l{layer}") for name in ("weight_ih", "weight_hh", "bias_ih"))
                i, f, g, o = (w @ x + u @ h + b).split(6)
                f = f.sigmoid()
                if layer and 22 <= t < 26:
                    f[0] = 0.5
                c = f * c + i.sigmoid() * g.tanh()
                if not layer and 20 <= t < 30:
                    c[2] = 0.75
                h = x = o.sigmoid() * c.tanh()
                state[layer] = torch.stack([h, c])
                for name, wanted in (("c", c), ("h", h), ("f", f)):
                    assert step.layers[layer].values[name] == pytest.approx(wanted.tolist(), abs=1e-12), (t, name)
            assert bool(step.clamps) == (20 <= t < 30)
