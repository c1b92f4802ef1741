"""What the panels, the curve and the views over time show while `d` shows derivatives."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from lstm_tui.core.quantities import Quantity
from lstm_tui.core.questions.objective import Objective
from lstm_tui.core.questions.slopes import BACK, StepSlopes, last_counted
from lstm_tui.core.step import Step, Vector
from lstm_tui.core.sums import ceiling

if TYPE_CHECKING:
    from lstm_tui.debugger.door import DebuggerDoor


@dataclass(frozen=True, eq=False)
class SlopeFrame:
    """The derivatives at the step shown."""

    words: str
    """What is differentiated by what."""
    values: Mapping[str, Vector] = field(default_factory=dict)
    """The layer's, by quantity; nothing where the pass does not reach."""


def slope_frame(debugger: DebuggerDoor, objective: Objective, layer: int) -> SlopeFrame:
    """Raises `UserError` for what cannot be differentiated."""
    found = debugger.slopes(objective) if debugger.position else StepSlopes(())
    return SlopeFrame(words(debugger, objective), found.layers[layer] if found.layers else {})


def words(debugger: DebuggerDoor, objective: Objective) -> str:
    """`derivatives of the loss at t = 499 by the values at t = 480`."""
    position, length = debugger.position, debugger.length
    what = objective.words(debugger.about.outputs)
    last = last_counted(objective, position, length)
    if objective.t is None and last < length:
        what = f"the losses up to step {last:,}"
    if position == 0:
        return f"∂ {what}: nothing at step 0"
    if last - position >= BACK:
        return f"∂ {what}: cut {BACK:,} steps before it"
    return f"∂ {what} by these values"


def objective_here(objective: Objective, step: Step) -> Objective | None:
    """The same one step on: what is differentiated goes along with a cursor that passes it. None where a text is too
    short for it."""
    if objective.t is None:
        return objective if step.length > 1 else None
    if objective.t >= step.length:
        return None
    if objective.t >= step.t:
        return objective
    if objective.symbol is not None:
        guess = step.prediction.top[:1] if step.prediction is not None else ()
        return Objective(step.t, guess[0].index) if guess else objective
    return Objective(step.t) if step.target is not None else objective


def objectives(step: Step, classifies: bool) -> list[Objective]:
    """What `d` offers at a step: the loss here, the sum of all, the logit of the top guess; none without an output.

    A model that `classifies` has one loss at most.
    """
    prediction = step.prediction
    if prediction is None:
        return []
    here = [Objective(step.t)] if prediction.loss is not None else []
    return [
        *here,
        *([Objective()] if step.length > 1 and not classifies else []),
        Objective(step.t, prediction.top[0].index),
    ]


def as_slope(quantity: Quantity) -> Quantity:
    """The derivative by it, as a quantity of its own."""
    sentence = f"how much it grows with {quantity.symbol}"
    return replace(quantity, symbol=f"∂{quantity.symbol}", kind="signed", sentence=sentence, grows=True, squash=None)


def fitting_scale(values: Iterable[float]) -> float:
    """The least scale of the steps 1, 2, 5, 10 … times a power of ten that holds them all."""
    largest = max((abs(value) for value in values if math.isfinite(value)), default=0.0)
    return ceiling(largest) if largest else 1.0
