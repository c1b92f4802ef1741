"""Steps with the derivatives by their quantities, for traces."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace
from itertools import tee
from typing import TYPE_CHECKING

from lstm_tui.core.questions.excerpt import Excerpt
from lstm_tui.core.questions.objective import Objective
from lstm_tui.core.step import LayerStep, Step

if TYPE_CHECKING:
    from lstm_tui.engine.causes.derivatives import StepGradient
    from lstm_tui.engine.rollout import Rollout


def check_objective(rollout: Rollout) -> None:
    """Raises `UserError` for a model that nothing can be differentiated of."""
    from lstm_tui.engine.causes.gradients import BackwardPass

    BackwardPass(rollout.timeline, Objective())


def with_gradients(
    rollout: Rollout, objective: Objective, steps: Iterable[Step], span: range, excerpt: Excerpt
) -> Iterator[Step]:
    """`steps`, some of those at the positions `span` in their order, with the derivatives by the numbers they hold.

    Raises `UserError` at once for a model without an output layer, and later for a cell that cannot be differentiated.
    """
    from lstm_tui.engine.causes.gradients import BackwardPass

    # A timeline of its own: the steps are computed in turns with them, and would drive each other's out of the cache.
    slopes = BackwardPass(rollout.timeline.fork(), objective).forward(span.start, span.stop - 1)
    return _joined(steps, slopes, excerpt)


def with_eigenvalues(rollout: Rollout, steps: Iterable[Step]) -> Iterator[tuple[Step, tuple[complex, ...]]]:
    """`steps` with the eigenvalues of their Jacobians. Raises what `eigenvalues` raises."""
    from lstm_tui.engine.causes.step_jacobian import eigenvalues

    steps, those = tee(steps)
    return zip(steps, eigenvalues(rollout.timeline.fork(), (step.position for step in those)), strict=True)


def _joined(steps: Iterable[Step], slopes: Iterable[StepGradient], excerpt: Excerpt) -> Iterator[Step]:
    found = iter(slopes)
    for step in steps:
        slope = next(slope for slope in found if slope.position == step.position)
        yield replace(step, layers=tuple(_graded(layer, slope, excerpt) for layer in step.layers))


def _graded(layer: LayerStep, slope: StepGradient, excerpt: Excerpt) -> LayerStep:
    from lstm_tui.engine.spans.shortest import shortest

    found = slope.layers[layer.index]
    grad = {}
    for name in layer.values:
        row = found[name][0]
        numbers = shortest(row if excerpt.units is None else row[list(excerpt.units)])
        grad[name] = tuple((numbers + 0.0).tolist())  # no -0.0
    return replace(layer, grad=grad)
