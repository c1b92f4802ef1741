"""Where in the text we are: after a step, or inside one, between the lines that compute it."""

from __future__ import annotations

from collections.abc import Callable

from lstm_tui.core.errors import UserError
from lstm_tui.core.step import Step
from lstm_tui.engine.rollout import Rollout
from lstm_tui.engine.stepping.substeps import substeps

Place = tuple[Step, tuple[Step, ...]]
"""A step, and the stages of it that it is one of."""


class Cursor:
    """The step shown, always one of what is open."""

    step: Step

    def __init__(self, rollout: Callable[[], Rollout]) -> None:
        self._rollout = rollout
        self._walk: tuple[Step, ...] = ()
        """The stages of the step walked through last; empty where the model or its states have changed since."""
        self.show(0)

    @property
    def position(self) -> int:
        """0..length of the text."""
        return self.step.position

    @property
    def inside(self) -> bool:
        """Whether a step is begun and not finished."""
        return self.step.stage is not None and not self.step.stage.done

    @property
    def hidden_from(self) -> int:
        """The first position whose guesses are still hidden."""
        return self.position if self.inside else len(self._rollout()) + 1

    def to(self, position: int) -> Step:
        """To a position; outside the text, to its nearest end."""
        position = max(0, min(position, len(self._rollout())))
        if position != self.position or self.step.stage is not None:
            self.show(position)
        return self.step

    def into(self) -> Step:
        """The next equation: of the step begun, or the first one of the next step. Stays at the end of the text, and
        where a user's cell has raised."""
        stage = self.step.stage
        if stage is not None and not stage.done:
            return self._to_stage(self.position, min(stage.index, stage.count - 1))
        if self.position == len(self._rollout()):
            return self.step
        return self._to_stage(self.position + 1, 0)

    def into_back(self) -> Step:
        """The previous equation: of the step begun, or the last one of the step before. Stays at the zero state."""
        stage, position = self.step.stage, self.position
        if position == 0:
            return self.step
        if stage is None:
            return self._to_stage(position, -1)
        if stage.index > 1:
            return self._to_stage(position, stage.index - 2)
        return self._to_stage(position - 1, -1) if position > 1 else self.show(0)

    def show(self, position: int) -> Step:
        """The finished step at `position` as it is now; where a user's cell raises on the way there, the line that
        did."""
        self._walk = ()
        try:
            self.step = self._rollout().step(position)
        except UserError as error:
            failed: int | None = getattr(error, "position", None)
            if failed is None:
                raise
            return self._to_stage(failed, -1)
        return self.step

    @property
    def place(self) -> Place:
        """Where it is, to return to while the same is open."""
        return self.step, self._walk

    @place.setter
    def place(self, place: Place) -> None:
        self.step, self._walk = place

    def _to_stage(self, position: int, at: int) -> Step:
        if not self._walk or self._walk[0].position != position:
            self._walk = substeps(self._rollout(), position)
        self.step = self._walk[at]
        return self.step
