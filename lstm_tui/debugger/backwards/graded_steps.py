"""What in the past mattered: derivatives of a loss or a logit by what steps computed, as plain numbers."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace

from lstm_tui.core.objective import Objective
from lstm_tui.core.step import Step
from lstm_tui.engine.causes.derivatives import StepGradient
from lstm_tui.engine.causes.gradients import BackwardPass
from lstm_tui.engine.rollout import Rollout


def check_objective(rollout: Rollout) -> None:
    """Raises `UserError` for a model that nothing can be differentiated of."""
    BackwardPass(rollout.timeline, Objective())


def with_gradients(rollout: Rollout, objective: Objective, steps: Iterable[Step], span: range) -> Iterator[Step]:
    """`steps`, some of those at the positions `span` in their order, each with the derivatives by its quantities.

    Raises `UserError` at once for a model without an output layer, and later for a cell that cannot be differentiated.
    """
    # A timeline of its own: the steps are computed in turns with them, and would drive each other's out of the cache.
    slopes = BackwardPass(rollout.timeline.fork(), objective).forward(span.start, span.stop - 1)
    return _joined(steps, slopes)


def _joined(steps: Iterable[Step], slopes: Iterable[StepGradient]) -> Iterator[Step]:
    found = iter(slopes)
    for step in steps:
        slope = next(slope for slope in found if slope.position == step.position)
        layers = tuple(
            # + 0.0 makes zeros of -0.0
            replace(layer, grad={name: tuple((row[0] + 0.0).tolist()) for name, row in values.items()})
            for layer, values in zip(step.layers, slope.layers, strict=True)
        )
        yield replace(step, layers=layers)
