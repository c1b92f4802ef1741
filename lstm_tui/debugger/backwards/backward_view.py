"""Derivatives for the screen: a backward pass that is gone through a block at a time, as far as it is looked at."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from typing import TYPE_CHECKING

from lstm_tui.core.questions.gradient_reach import GradientSize
from lstm_tui.core.questions.objective import Objective
from lstm_tui.core.questions.slopes import StepSlopes, first_reached, last_counted
from lstm_tui.core.step import Equation, Vector

if TYPE_CHECKING:
    from lstm_tui.debugger.cursor import Cursor
    from lstm_tui.engine.causes.derivatives import BlockGradients, StepGradient
    from lstm_tui.engine.rollout import Rollout
    from lstm_tui.engine.timeline import Timeline


STRETCH = 64
"""Steps gone back at once: the panels want few of them."""
SlopesOf = Callable[[Objective], StepSlopes]
SlopeValues = Callable[[Objective, str, int, Sequence[int], int, int], tuple[Vector, ...]]
SlopesOfText = Callable[[Objective, int, int], tuple[Vector, Vector]]
Backward = Callable[[Objective, int, int], tuple[Equation, ...]]


class BackwardView:
    """Of the present rollout, as seen from the cursor. Keeps the last pass that was asked for."""

    def __init__(self, rollout: Callable[[], Rollout], cursor: Cursor) -> None:
        self._rollout, self._cursor = rollout, cursor
        self._asked: tuple[Timeline, Objective, int] | None = None
        self._coming: Iterator[BlockGradients] = iter(())
        self._blocks: list[BlockGradients] = []
        """The latest steps first."""
        self._read: dict[int, tuple[list[float], list[float]]] = {}
        """First step of a block → what `slopes_of_text` tells of its steps."""

    @property
    def verbs(self) -> tuple[SlopesOf, SlopeValues, SlopesOfText, Backward]:
        """All that a debugger hands on."""
        return self.slopes, self.slope_values, self.slopes_of_text, self.backward

    def slopes(self, objective: Objective) -> StepSlopes:
        """The derivatives by what the step at the cursor computed; without layers where the pass does not reach.

        Raises `UserError` for a model without an output layer, and a cell that cannot be differentiated.
        """
        position = self._cursor.position
        found = self._step(objective, position)
        if found is None:
            return StepSlopes((), math.nan, math.nan)
        layers = tuple({name: tuple((row[0] + 0.0).tolist()) for name, row in layer.items()} for layer in found.layers)
        return StepSlopes(layers, *self._of_input(found, position))

    def slope_values(
        self, objective: Objective, quantity: str, layer: int, units: Sequence[int], start: int, stop: int
    ) -> tuple[Vector, ...]:
        """By one quantity at the steps start..stop-1, a vector a unit; NaN where the pass does not reach."""
        rows: list[list[float]] = [[] for _ in units]
        for position in range(start, stop):
            found = self._step(objective, position)
            values = None if found is None else found.layers[layer].get(quantity)
            for row, unit in zip(rows, units, strict=True):
                row.append(math.nan if values is None else float(values[0, unit]) + 0.0)
        return tuple(map(tuple, rows))

    def slopes_of_text(self, objective: Objective, start: int, stop: int) -> tuple[Vector, Vector]:
        """|∂/∂x| and ∂/∂x · x of what the steps start..stop-1 read; NaN where the pass does not reach."""
        both = [self._of_inputs(objective, position) for position in range(start, stop)]
        return tuple(size for size, _ in both), tuple(signed for _, signed in both)

    def backward(self, objective: Objective, layer: int, unit: int) -> tuple[Equation, ...]:
        """The backward pass of a unit through the step at the cursor, equation by equation; none at step 0, where the
        pass does not reach, after an edit, and for a cell that no formulas describe."""
        from lstm_tui.engine.explain.backward_equations import backward_equations

        rollout, position = self._rollout(), self._cursor.position
        last = last_counted(objective, position, len(rollout))
        if not first_reached(last) <= position <= last:
            return ()
        self._ask(objective, last)
        read = (
            [f"l{layer - 1}.h[{at}]" for at in range(rollout.model.hidden_sizes[layer - 1])]
            if layer
            else rollout.sequence.named(position)
        )
        return backward_equations(self._pass, position, layer, unit, read)

    def reach(self, objective: Objective, positions: Sequence[int]) -> Iterator[GradientSize]:
        """How large the gradient is at `positions`, the latest first."""
        from lstm_tui.engine.causes.gradient_sizes import reached

        return reached(self._rollout().timeline, lambda at: self._step(objective, at), positions)

    def _of_input(self, step: StepGradient, position: int) -> tuple[float, float]:
        rollout = self._rollout()
        x = rollout.model.inputs(rollout.indices[position - 1 : position])
        return float(step.x.norm()), float((step.x * x).sum()) + 0.0

    def _of_inputs(self, objective: Objective, position: int) -> tuple[float, float]:
        """The same of one of many steps: worked out for all of a stretch at once."""
        step = self._step(objective, position)
        if step is None:
            return math.nan, math.nan
        block = next((block for block in self._blocks if block.first <= position), None)
        if block is None or position >= block.first + len(block.x):
            return 0.0, 0.0
        if block.first not in self._read:
            rollout, x = self._rollout(), block.x
            read = rollout.model.inputs(rollout.indices[block.first - 1 : block.first - 1 + len(x)])
            self._read[block.first] = x.norm(dim=1).tolist(), ((x * read).sum(dim=1) + 0.0).tolist()
        sizes, signed = self._read[block.first]
        return sizes[position - block.first], signed[position - block.first]

    def _step(self, objective: Objective, position: int) -> StepGradient | None:
        """None before the first step, and where the pass does not reach or is not yet."""
        length = len(self._rollout())
        last = last_counted(objective, self._cursor.position, length)
        if not first_reached(last) <= position <= length:
            return None
        self._ask(objective, last)
        if position > last:
            return self._pass.nothing(position)
        while not self._blocks or self._blocks[-1].first > position:
            try:
                self._blocks.append(next(self._coming))
            except BaseException:
                self._asked = None  # the pass is broken off: it is not to be gone on with
                raise
        return next(block for block in self._blocks if block.first <= position).step(position)

    def _ask(self, objective: Objective, last: int) -> None:
        from lstm_tui.engine.causes.gradients import BackwardPass

        timeline = self._rollout().timeline
        if self._asked != (timeline, objective, last):
            self._asked = None
            self._pass = BackwardPass(timeline, objective, last, STRETCH)
            self._coming, self._blocks, self._read = self._pass.back(), [], {}
            self._asked = timeline, objective, last
