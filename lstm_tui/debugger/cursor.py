"""Inside one time step: a recording of its lines, and where in it we stand."""

from __future__ import annotations

from typing import TYPE_CHECKING

from lstm_tui.core.errors import UserError
from lstm_tui.core.step import Step

if TYPE_CHECKING:
    from lstm_tui.engine.rollout import Rollout


class Walking:
    """The verbs that go by lines and equations. A debugger builds on it; what is not its own is declared here."""

    _reading: Rollout
    _step: Step
    _walk: tuple[Step, ...] = ()
    """The stages of the step walked through last; empty where the model or its states have changed since."""

    def into(self) -> Step:
        """The next equation: of the step begun, or the first one of the next step. Stays at the end of the text, and
        where a user's cell has raised."""
        stage = self._step.stage
        if stage is not None and not stage.done:
            return self._to_stage(self._step.position, min(stage.index, stage.count - 1))
        if self._step.position == len(self._reading):
            return self._step
        return self._to_stage(self._step.position + 1, 0)

    def into_back(self) -> Step:
        """The previous equation: of the step begun, or the last one of the step before. Stays at the zero state."""
        stage, position = self._step.stage, self._step.position
        if position == 0:
            return self._step
        if stage is None:
            return self._to_stage(position, -1)
        if stage.index > 1:
            return self._to_stage(position, stage.index - 2)
        return self._to_stage(position - 1, -1) if position > 1 else self._show(0)

    @property
    def _inside(self) -> bool:
        """Whether a step is begun and not finished."""
        return self._step.stage is not None and not self._step.stage.done

    def _to_stage(self, position: int, at: int) -> Step:
        from lstm_tui.engine.stepping.substeps import walk

        if not self._walk or self._walk[0].position != position:
            self._walk = walk(self._reading, position)
        self._step = self._walk[at]
        self._saw(self._step)
        return self._step

    def _show(self, position: int) -> Step:
        """The finished step at `position`; where a user's cell raises on the way there, the line that did."""
        self._walk = ()
        try:
            self._step = self._reading.step(position)
        except UserError as error:
            failed: int | None = getattr(error, "position", None)
            if failed is None:
                raise
            return self._to_stage(failed, -1)
        self._saw(self._step)
        return self._step

    def _saw(self, step: Step) -> None:
        """Something new is on the screen."""
