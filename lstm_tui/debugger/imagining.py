"""The model writes on from the cursor: a new stretch of text that can be stepped like any other, and taken away."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from typing import TYPE_CHECKING

from lstm_tui.core.errors import UserError
from lstm_tui.core.options import ModelOptions
from lstm_tui.core.step import About, Step
from lstm_tui.debugger.history import Change, Debuggee, History
from lstm_tui.debugger.jobs import Job, WorkJob

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
        def _at_once(self, run: Job) -> str: ...

    def imagine(self, count: int, temperature: float = TEMPERATURE, seed: int | None = None) -> Step:
        """Replace what follows the cursor by `count` characters the model writes; the cursor stays before them.

        Drawn from the seed (the one the model was opened with unless another is given), so the same place writes the
        same text; at temperature 0 always the top guess. Raises `UserError` at step 0 and for impossible numbers.
        """
        self._at_once(self.imagining(count, temperature, seed))
        return self._step

    def imagining(self, count: int, temperature: float = TEMPERATURE, seed: int | None = None) -> WorkJob:
        """`imagine` as a job, to be done in any thread and then committed. Raises `UserError` as that does."""
        from lstm_tui.engine.sampling import writing

        position = self._step.position
        if position == 0:
            raise UserError("nothing has been read at step 0: → reads a character, and i goes on from there")
        if count > MOST:
            raise UserError(f"{count} characters are too many to imagine at once: give at most {MOST}")
        before, written = self._reading, list[int]()
        indices = writing(before, position, count, temperature, self._seed() if seed is None else seed)

        def work() -> Iterator[int]:
            for index in indices:
                written.append(index)
                yield position + len(written)

        def take() -> str:
            after = before.continued(position, written)
            undone, redone = partial(self._going_on, before, position), partial(self._going_on, after, position)
            self._history.record(Change("imagine", undone, redone))
            self._take(redone())
            some = f"{count} character" + ("" if count == 1 else "s")
            return f"imagined {some} after step {position}: → steps into them, u takes them away"

        goal, kept = position + count, "nothing was imagined"
        return WorkJob("imagining", before.timeline, work(), position, goal, take, kept)

    def _seed(self) -> int:
        return self._options.seed or 0

    def _going_on(self, reading: Rollout, branch: int) -> Debuggee:
        """The text of `reading`, with the model there is now; the cursor no further than where the texts part."""
        model = self._reading.model
        return Debuggee(reading if reading.model is model else reading.with_model(model), self._about, branch)
