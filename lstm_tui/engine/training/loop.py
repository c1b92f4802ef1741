"""The training loop: whole sequence for short texts, batches and truncated BPTT for long ones.

A loop is a generator: it yields after every update, is cancelled by not asking for the next one, and works on a copy,
so the weights it began with stay whatever happens.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass

import torch
from torch import Tensor, nn

from lstm_tui.core.options import CPU
from lstm_tui.core.training_course import EpochFigures
from lstm_tui.engine.devices import moved, training_device
from lstm_tui.engine.expected import mean_loss
from lstm_tui.engine.network import Network, Stack
from lstm_tui.engine.runners.row_runner import RowRunner, row_runner
from lstm_tui.engine.training.adam import Adam, norm

SHORT = 512
"""Characters up to which a text is trained as one sequence."""


@dataclass(frozen=True)
class Recipe:
    """How to train: epochs, learning rate (Adam), streams read side by side, time steps an update looks back."""

    epochs: int
    lr: float
    batch: int
    window: int
    clip: float | None
    """Largest norm of the whole gradient; None leaves it as it is."""
    keep_best: bool
    """Keep the best epoch's weights instead of the last one's."""
    device: str = CPU
    """`--device`."""
    reset: bool = False
    """Whether every window starts from the zero state."""


def recipe_for(length: int, epochs: int | None = None, lr: float | None = None) -> Recipe:
    """The recipe for a text of `length` characters: 200 epochs at 0.1 up to 512 of them, beyond that 20 at 0.01."""
    if length <= SHORT:
        return Recipe(epochs or 200, lr or 0.1, batch=1, window=length, clip=None, keep_best=False)
    streams = max(1, min(16, length // 1024))
    return Recipe(epochs or 20, lr or 0.01, batch=streams, window=64, clip=1.0, keep_best=True)


@dataclass(frozen=True, eq=False)
class Update:
    """One update of the weights."""

    epoch: int
    """Epochs finished, this one included where `done`."""
    part: float
    """Of the current epoch, 0..1."""
    loss: float
    """Mean loss of the epoch so far, in nats a character."""
    done: bool
    """True on the epoch's last update."""
    figures: EpochFigures | None = None
    """Of the epoch, where `done`."""
    write_back: Callable[[Network], None] = lambda _: None
    """Gives a model of the same shape the weights as this update left them."""


class Diverged(Exception):
    """The loss or a weight became NaN or infinite; the weights are those of the last epoch that was finite."""

    def __init__(self, epoch: int, fast: RowRunner) -> None:
        super().__init__(f"the loss became NaN in epoch {epoch + 1}")
        self.epoch = epoch
        self._fast = fast

    def model(self, like: Network) -> Network:
        """The network as it was then."""
        found = like.copy()
        self._fast.write_back(found)
        return found


def _cut(stack: Stack) -> Stack:
    """The same states, where backpropagation through time ends."""
    return tuple(tuple(s.detach() for s in state) for state in stack)


def train(
    model: Network,
    indices: Tensor,
    recipe: Recipe,
    changing: AbstractContextManager[object] | None = None,
    truth: Tensor | None = None,
) -> Iterator[Update]:
    """Train `model` in place to predict each character of `indices` (T,), or each `truth` (T, K) of rows (T, D).

    `model` holds, whenever `changing` is not entered, the weights to keep so far: the last good ones when `Diverged` is
    raised.
    """
    fast, x, y = _placed(model, indices, indices if truth is None else truth, recipe)
    output = fast.output
    assert output is not None, "a model without an output layer is not handed to training"
    parameters = [p for p in fast.parameters() if p.requires_grad]
    optimiser = Adam(parameters, recipe.lr)
    best = math.inf
    for epoch in range(recipe.epochs):
        total, seen, sizes = 0.0, 0, torch.zeros(2, device=x.device)
        stack = zero = moved(model.zero_state(recipe.batch), x.device)
        for start in range(0, len(x), recipe.window):
            rows, targets = x[start : start + recipe.window], y[start : start + recipe.window]
            h, stack = fast(rows, _cut(zero if recipe.reset else stack))  # (w, B, H)
            loss = mean_loss(output(h).flatten(0, 1), targets.flatten(0, 1))
            value = loss.item()
            if not math.isfinite(value):
                raise Diverged(epoch, fast)
            sizes += _updated(optimiser, parameters, loss, recipe.clip).to(sizes) * len(targets)
            total, seen = total + value * len(targets), seen + len(targets)  # of as many streams in each window
            if (done := start + recipe.window >= len(x)) and not _finite(parameters):
                raise Diverged(epoch, fast)
            if done and (total / seen < best or not recipe.keep_best):
                best = min(best, total / seen)
                _keep(fast, model, changing)
            figures = EpochFigures(total / seen, *(sizes / seen).tolist()) if done else None
            part = min(1.0, (start + recipe.window) / len(x))
            yield Update(epoch + done, part, total / seen, done, figures, fast.write_back)


def _updated(optimiser: Adam, parameters: list[nn.Parameter], loss: Tensor, clip: float | None) -> Tensor:
    """One update, and of it the norm of the gradient before clipping and ‖Δw‖ / ‖w‖: (2,)."""
    optimiser.zero_grad()
    torch.autograd.backward(loss)
    gradient = norm([p.grad for p in parameters if p.grad is not None])
    if clip is not None:
        nn.utils.clip_grads_with_norm_(parameters, clip, gradient)
    return torch.stack([gradient, optimiser.step()])


def _placed(model: Network, indices: Tensor, truth: Tensor, recipe: Recipe) -> tuple[RowRunner, Tensor, Tensor]:
    """What is trained, its inputs and its targets (T', B), on the device that is to do it."""
    x, y = _streams(indices, truth, recipe.batch)
    device = training_device(recipe.device, model, x[: recipe.window])
    return row_runner(model).train().on(device), x.to(device), y.to(device)


def _keep(fast: RowRunner, model: Network, changing: AbstractContextManager[object] | None) -> None:
    with changing or nullcontext():
        fast.write_back(model)


def _streams(indices: Tensor, truth: Tensor, batch: int) -> tuple[Tensor, Tensor]:
    """Cut the text into `batch` consecutive stretches read side by side: inputs and targets, (T', B) each."""
    length = (len(indices) - 1) // batch
    x = indices[: length * batch].reshape(batch, length, *indices.shape[1:]).transpose(0, 1)
    y = truth[1 : length * batch + 1].reshape(batch, length, *truth.shape[1:]).transpose(0, 1)
    return x.contiguous(), y.contiguous()


def _finite(parameters: list[nn.Parameter]) -> bool:
    return all(bool(p.isfinite().all()) for p in parameters)
