"""What a model should say after each step, and what is lost on what it says."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor
from torch.nn import functional

from lstm_tui.core.classes import Classes
from lstm_tui.engine.row_tensors import RowTensors


@dataclass(frozen=True, eq=False)
class Expected:
    """The next of T inputs `indices`: symbols (T,), or `numbers` in the next row; or one of `classes` at the end."""

    indices: Tensor
    numbers: RowTensors | None = None
    """What rows of numbers are besides; None for symbols."""
    classes: Classes | None = None
    """What is said at every step; None where that is the next input."""

    @property
    def truth(self) -> Tensor:
        """What the output layer should say before each input: the symbol itself (T,), or the targets (T, K).

        Of a classifier the label (T + 1,), which only the last step should say.
        """
        if self.classes is not None:
            return torch.full((len(self.indices) + 1,), self.classes.label or 0)
        return self.indices if self.numbers is None else self.numbers.truth

    def there(self, position: int) -> bool:
        """Whether there is something to be said after `position`."""
        if self.classes is not None:
            return position == len(self.indices) and self.classes.label is not None
        return position < len(self.indices)

    @property
    def each(self) -> bool:
        """Whether each class is there or not on its own: see `log_chances`."""
        return self.classes is not None and self.classes.each

    @property
    def row(self) -> RowTensors | None:
        """What is known of the numbers that are to be said; None where symbols or classes are."""
        return self.numbers if self.classes is None else None


def mean_loss(outputs: Tensor, truth: Tensor) -> Tensor:
    """The mean of `losses`, as PyTorch's own criteria compute it."""
    if truth.is_floating_point():
        return functional.mse_loss(outputs, truth)
    return functional.cross_entropy(outputs, truth)


def log_chances(logits: Tensor, each: bool) -> Tensor:
    """ln p of every symbol or class, in the shape of the logits: of a softmax, or `each` through a sigmoid."""
    return functional.logsigmoid(logits) if each else logits.log_softmax(dim=-1)


def losses(outputs: Tensor, truth: Tensor, each: bool = False) -> Tensor:
    """What each step costs, (T,): -ln p of symbols (T,) in nats, the mean squared error of rows (T, K)."""
    if truth.is_floating_point():
        return (outputs - truth).square().mean(dim=-1)
    if each:
        return -log_chances(outputs, each).gather(-1, truth[:, None])[:, 0]
    return functional.cross_entropy(outputs, truth, reduction="none")
