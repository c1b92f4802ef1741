"""The model writes on from the cursor: a new stretch of text that can be stepped like any other, and taken away."""

from __future__ import annotations

from typing import TYPE_CHECKING

from lstm_tui.debugger.undo import Change, Undo
from lstm_tui.errors import UserError
from lstm_tui.options import ModelOptions
from lstm_tui.step import Step

if TYPE_CHECKING:
    from lstm_tui.engine.reading import Reading

TEMPERATURE, CHARACTERS = 1.0, 40
"""What is imagined where nothing is said."""
MOST = 100_000
"""Characters in one go: about ten seconds of a small model's time."""


class Imagining:
    """A debugger builds on it; what is not its own is declared here."""

    _reading: Reading
    _step: Step
    _options: ModelOptions
    _undo: Undo

    if TYPE_CHECKING:

        def _show(self, position: int) -> Step: ...

    def imagine(self, count: int, temperature: float = TEMPERATURE, seed: int | None = None) -> Step:
        """Replace what follows the cursor by `count` characters the model writes; the cursor stays before them.

        Drawn from the seed (the one the model was opened with unless another is given), so the same place writes the
        same text; at temperature 0 always the top guess. Raises `UserError` at step 0 and for impossible numbers.
        """
        from lstm_tui.engine.imagining import imagine

        position = self._step.position
        if position == 0:
            raise UserError("nothing has been read at step 0: → reads a character, and i goes on from there")
        if count > MOST:
            raise UserError(f"{count} characters are too many to imagine at once: give at most {MOST}")
        before = self._reading
        after = imagine(before, position, count, temperature, self._seed() if seed is None else seed)
        self._undo.did(Change("imagine", lambda: self._go_on(before, position), lambda: self._go_on(after, position)))
        self._go_on(after, position)
        return self._step

    def _seed(self) -> int:
        return self._options.seed or 0

    def _go_on(self, reading: Reading, branch: int) -> None:
        """Read the text of `reading`, with the model there is now; the cursor no further than where the texts part."""
        model = self._reading.model
        self._reading = reading if reading.model is model else reading.with_model(model)
        self._show(min(self._step.position, branch))
