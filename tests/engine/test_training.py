"""Training: the published recipe to the digit, the fused path the same as the cell's own, and no weights ever lost."""

from __future__ import annotations

import math
from collections.abc import Iterable

import pytest
import torch
from torch.nn import functional

from lstm_tui.core.errors import WEIGHTS_KEPT
from lstm_tui.core.text import Text
from lstm_tui.core.vocabulary import Vocabulary
from lstm_tui.debugger.door import Progress
from lstm_tui.debugger.training_job import TrainingJob
from lstm_tui.engine.network import Network, fresh
from lstm_tui.engine.rollout import Rollout
from lstm_tui.engine.training.adam import Adam
from lstm_tui.engine.training.loop import SHORT, Diverged, Recipe, recipe_for, train
from tests.engine.facts import CELLS, LOSSES, TRAINED, bias, largest_gap, table

HELLO = Vocabulary.of("hello")


def reading(text: str = "hello", units: int = 8, layers: int = 1, cell: str = "by-hand", seed: int = 0) -> Rollout:
    vocabulary = Vocabulary.of(text)
    return Rollout(fresh(len(vocabulary), units, layers, CELLS[cell], seed), Text(vocabulary, text))


def trained(recipe: Recipe | None = None, **kind: object) -> tuple[Rollout, list[float]]:
    read = reading(**kind)  # type: ignore[arg-type]
    updates = train(read.model, read.indices, recipe or recipe_for(len(read)))
    return read, [update.loss for update in updates if update.done]


def weights_of(model: Network) -> list[torch.Tensor]:
    return [tensor.clone() for tensor in model.state_dict().values()]


@pytest.fixture(scope="module")
def recipe_run() -> tuple[Rollout, list[float]]:
    """The published recipe, run once."""
    return trained()


def test_the_hello_recipe_to_the_digit(recipe_run: tuple[Rollout, list[float]]) -> None:
    read, losses = recipe_run
    assert len(losses) == 200
    for epoch, loss in LOSSES.items():
        assert f"{losses[epoch]:.4f}" == f"{loss:.4f}", epoch
    again = Rollout(read.model, Text(read.vocabulary, "hello"))
    for position, figures in enumerate(TRAINED, 1):
        assert largest_gap(again.step(position).layers[0].values, table(figures)) <= 0.0051, position


def test_hello_spells_itself_after_training(recipe_run: tuple[Rollout, list[float]]) -> None:
    read, _ = recipe_run
    steps = list(Rollout(read.model, Text(read.vocabulary, "hello")).steps(1, 5))
    assert [step.prediction.top[0].symbol for step in steps if step.prediction] == list("ello")


def flat(tensors: Iterable[torch.Tensor | None]) -> torch.Tensor:
    return torch.cat([tensor.detach().flatten().clone() for tensor in tensors if tensor is not None])


def by_the_cells_own_forward(read: Rollout, recipe: Recipe) -> list[tuple[float, float, float]]:
    """The same training written out over the cells themselves: Adam on their own parameters, BPTT cut per window. Loss,
    norm of the gradient and ‖Δw‖ / ‖w‖ of every epoch."""
    model = read.model.requires_grad_(True)
    optimiser = Adam(model.parameters(), recipe.lr)
    length = (len(read) - 1) // recipe.batch
    columns = [read.indices[start * length : (start + 1) * length + 1] for start in range(recipe.batch)]
    figures = []
    for _ in range(recipe.epochs):
        stack, total = model.zero_state(recipe.batch), torch.zeros(3)
        for start in range(0, length, recipe.window):
            stack = tuple(tuple(s.detach() for s in state) for state in stack)
            scores, targets = [], []
            for t in range(start, min(start + recipe.window, length)):
                stack, _ = model.advance(model.inputs(torch.stack([c[t] for c in columns])), stack)
                logits = model.logits(stack[-1][0])
                assert logits is not None
                scores.append(logits)
                targets.append(torch.stack([c[t + 1] for c in columns]))
            loss = functional.cross_entropy(torch.cat(scores), torch.cat(targets))
            optimiser.zero_grad()
            torch.autograd.backward(loss)
            size = flat(p.grad for p in model.parameters()).norm()
            before = flat(model.parameters())
            if recipe.clip is not None:
                torch.nn.utils.clip_grad_norm_(model.parameters(), recipe.clip)
            optimiser.step()
            ratio = (flat(model.parameters()) - before).norm() / before.norm()
            total += torch.stack([loss.detach(), size, ratio]) * len(targets)
        loss, gradient, ratio = (total / length).tolist()
        figures.append((loss, gradient, ratio))
    return figures


@pytest.mark.parametrize("cell", list(CELLS))
@pytest.mark.parametrize("layers", [1, 2])
def test_the_fused_path_trains_as_the_cell_itself(cell: str, layers: int) -> None:
    """Three streams of 13 steps in windows of 5: the last window is shorter than the others."""
    recipe = Recipe(epochs=8, lr=0.02, batch=3, window=5, clip=0.25, keep_best=False)
    kind = {"text": "the cat sat on the mat, and so did the hat", "units": 6, "layers": layers, "cell": cell}
    mine = reading(**kind)  # type: ignore[arg-type]
    figures = [update.figures for update in train(mine.model, mine.indices, recipe) if update.figures is not None]
    theirs = reading(**kind)  # type: ignore[arg-type]
    wanted = by_the_cells_own_forward(theirs, recipe)
    told = [(epoch.loss, epoch.gradient, epoch.ratio) for epoch in figures]
    assert torch.tensor(told) == pytest.approx(torch.tensor(wanted), rel=2e-3, abs=1e-5)
    for a, b in zip(mine.model.weights(), theirs.model.weights(), strict=True):
        assert torch.allclose(bias(a), bias(b), atol=1e-3)
        assert torch.allclose(a["weight_ih"], b["weight_ih"], atol=1e-3)


def test_a_cell_with_one_bias_keeps_one() -> None:
    read, _ = trained(Recipe(5, 0.1, 1, 4, None, False), cell="fused")
    assert not read.model.weights()[0]["bias_hh"].any()
    read, _ = trained(Recipe(5, 0.1, 1, 4, None, False), cell="builtin")
    assert read.model.weights()[0]["bias_hh"].any()


@pytest.mark.parametrize("layers", [1, 2])
def test_long_texts_are_learned_in_batches(layers: int) -> None:
    text = "abcdefgh" * 300
    recipe = recipe_for(len(text), epochs=8)
    assert recipe.batch > 1
    assert recipe.window < len(text)
    _, losses = trained(recipe, text=text, units=16, layers=layers)
    assert losses[0] < math.log(8) * 1.1
    assert min(losses) < 0.25


def test_recipes_by_length() -> None:
    for length in (2, SHORT):
        assert (recipe_for(length).epochs, recipe_for(length).lr, recipe_for(length).batch) == (200, 0.1, 1)
        assert recipe_for(length).window >= length - 1
    long = recipe_for(SHORT + 1)
    assert (long.epochs, long.lr, long.keep_best) == (20, 0.01, True)
    assert recipe_for(SHORT + 1, 3, 0.5).epochs == 3
    assert recipe_for(SHORT + 1, 3, 0.5).lr == 0.5


def test_the_best_epoch_is_kept() -> None:
    recipe = Recipe(epochs=12, lr=20.0, batch=1, window=16, clip=None, keep_best=True)
    kind = {"text": "abcdefgh" * 12, "units": 2}
    read, losses = trained(recipe, **kind)
    best = losses.index(min(losses)) + 1
    assert 0 < best < 12, "the recipe was to be a bad one"
    shorter, _ = trained(Recipe(best, 20.0, 1, 16, None, False), **kind)
    assert all(map(torch.equal, weights_of(read.model), weights_of(shorter.model)))


def test_every_update_says_where_it_is() -> None:
    read = reading("abcd" * 10, 4)
    updates = list(train(read.model, read.indices, Recipe(2, 0.01, 2, 8, None, False)))
    assert [update.done for update in updates] == [False, False, True] * 2
    assert [update.epoch for update in updates] == [0, 0, 1, 1, 1, 2]
    assert all(0 < update.part <= 1 for update in updates)


@pytest.mark.parametrize("text", ["ab", "aa", "abc"])
def test_the_shortest_texts_train(text: str) -> None:
    _, losses = trained(recipe_for(len(text), epochs=20), text=text, units=1)
    assert len(losses) == 20
    assert losses[-1] <= losses[0]


def test_a_nan_loss_stops_with_the_last_good_weights() -> None:
    recipe = Recipe(epochs=50, lr=1e6, batch=1, window=64, clip=None, keep_best=False)
    read = reading()
    read.model.output.weight[0, 0] = math.nan
    before = weights_of(read.model)
    with pytest.raises(Diverged):
        list(train(read.model, read.indices, recipe))
    after = weights_of(read.model)
    assert all(torch.equal(a.nan_to_num(7), b.nan_to_num(7)) for a, b in zip(before, after, strict=True))


def test_weights_that_overflow_in_an_epoch_of_finite_loss_are_not_called_trained() -> None:
    """The loss is that of the weights before the update: an update that ruins them must not pass as a good epoch."""
    read = reading()
    with torch.no_grad():
        read.model.output.bias.fill_(3.4e38)
    before = weights_of(read.model)
    training = TrainingJob(lambda: read, Recipe(1, 1e36, 1, 8, None, False), fresh=True)
    training.run()
    assert training.outcome == "nan"
    assert training.losses == ()
    assert "epoch 1" in training.sentence
    assert all(map(torch.equal, before, weights_of(read.model)))


def run(recipe: Recipe, cancel_at: int | None = None) -> tuple[TrainingJob, list[Progress]]:
    ticks = iter(range(1000))
    training = TrainingJob(reading, recipe, fresh=True, clock=lambda: float(next(ticks)))
    seen: list[Progress] = []

    def report(progress: Progress) -> None:
        seen.append(progress)
        if len(seen) == cancel_at:
            training.cancel()

    training.run(report)
    return training, seen


def test_progress_reaches_the_end_and_counts_down() -> None:
    training, seen = run(Recipe(10, 0.1, 1, 8, None, False))
    assert training.outcome == "done"
    assert [progress.epoch for progress in seen] == list(range(1, 11))
    assert seen[-1].fraction == 1.0
    assert seen[-1].seconds_left == 0.0
    assert seen[4].seconds_left == pytest.approx(seen[4].seconds)
    assert training.losses == tuple(progress.loss for progress in seen)
    assert training.sentence == f"trained 10 epochs, loss {training.losses[-1]:.4f}"


def test_cancelling_stops_within_an_update() -> None:
    training, seen = run(Recipe(100, 0.1, 1, 8, None, False), cancel_at=3)
    assert training.outcome == "cancelled"
    assert len(seen) == 3
    assert training.sentence.startswith(f"training cancelled after 3 epochs: {WEIGHTS_KEPT}")


def test_one_epoch_is_one_epoch() -> None:
    training, _ = run(Recipe(1, 0.1, 1, 8, None, False))
    assert training.sentence.startswith("trained 1 epoch, ")
