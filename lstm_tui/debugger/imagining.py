"""The model writes on from the cursor: a new stretch of text that can be stepped like any other, and taken away."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from lstm_tui.core.errors import UserError
from lstm_tui.core.options import ModelOptions
from lstm_tui.core.step import About, Step
from lstm_tui.debugger.history import Change, Debuggee, History

if TYPE_CHECKING:
    from lstm_tui.engine.rollout import Rollout

TEMPERATURE, CHARACTERS = 1.0, 40
"""What is imagined where nothing is said."""
MOST = 100_000
"""Characters in one go: about ten seconds of a small model's time."""


class Imagining:
    """A debugger builds on it; what is not its own is declared here."""

    _reading: Rollout
    _step: Step
    _about: About
    _options: ModelOptions
    _history: History

    if TYPE_CHECKING:

        def _take(self, aim: Debuggee) -> None: ...

    def imagine(self, count: int, temperature: float = TEMPERATURE, seed: int | None = None) -> Step:
        """Replace what follows the cursor by `count` characters the model writes; the cursor stays before them.

        Drawn from the seed (the one the model was opened with unless another is given), so the same place writes the
        same text; at temperature 0 always the top guess. Raises `UserError` at step 0 and for impossible numbers.
        """
        from lstm_tui.engine.sampling import imagine

        position = self._step.position
        if position == 0:
            raise UserError("nothing has been read at step 0: → reads a character, and i goes on from there")
        if count > MOST:
            raise UserError(f"{count} characters are too many to imagine at once: give at most {MOST}")
        before = self._reading
        after = imagine(before, position, count, temperature, self._seed() if seed is None else seed)
        undone, redone = partial(self._going_on, before, position), partial(self._going_on, after, position)
        self._history.record(Change("imagine", undone, redone))
        self._take(redone())
        return self._step

    def _seed(self) -> int:
        return self._options.seed or 0

    def _going_on(self, reading: Rollout, branch: int) -> Debuggee:
        """The text of `reading`, with the model there is now; the cursor no further than where the texts part."""
        model = self._reading.model
        return Debuggee(reading if reading.model is model else reading.with_model(model), self._about, branch)
