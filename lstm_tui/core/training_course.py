"""A training seen from outside, epoch by epoch: its figures, and the epochs that can be gone back to."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class EpochFigures:
    """What one epoch was like."""

    loss: float
    """Mean loss in nats a character; of numbers the mean squared error in scaled units."""
    gradient: float
    """The norm of the whole gradient before clipping, the mean over the epoch's updates."""
    ratio: float
    """‖Δw‖ / ‖w‖ of an update over all weights, the mean over the epoch's updates."""


@dataclass(frozen=True)
class TrainingCourse:
    """A training that is over."""

    figures: tuple[EpochFigures, ...]
    """One a finished epoch."""
    kept: tuple[int, ...]
    """The epochs whose weights are kept, in their order: 0 is before the first update."""
    last: int
    """The epoch whose weights the training ended with: the best one of a long text, else the last."""
    at: int
    """The epoch whose weights are open."""
