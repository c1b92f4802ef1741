"""The actions that change what is debugged: its states, its cell, its text; undo and redo."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING

from lstm_tui.core.classes import NOTHING_NEXT
from lstm_tui.core.errors import EMPTY_TEXT, NOTHING_READ, UserError
from lstm_tui.core.step import step_name
from lstm_tui.core.vocabulary import UnknownCharacters, visible
from lstm_tui.tui.actions import Action, Requirement, unless

if TYPE_CHECKING:
    from lstm_tui.debugger.door import JobDoor, TrainingDoor
    from lstm_tui.tui.dialogs.imagine import SamplingRequest
    from lstm_tui.tui.workspace import Workspace

NEWCOMER_UNITS = 8
EDITED_AT_MOST = 2000
"""Characters of a text that is offered to be changed: a field of one row is no editor."""
ZERO_ALREADY = "h and c are 0 here already"
ROWS_FROM_FILE = "rows are read from a file: open the model again with --rows FILE.csv"
IMAGINED_AT_MOST = 5000
"""Characters at once on the screen."""


class EditingController:
    """Owns nothing: what can be undone is the debugger's."""

    def __init__(self, workspace: Workspace, train: Callable[[TrainingDoor], None]) -> None:
        self._workspace, self._train = workspace, train

    def actions(self) -> tuple[Action, ...]:
        """Its actions, for the table."""
        return (
            Action("state.reset", self.reset, Requirement.NO_CHANGE),
            Action("state.zero", self.zero, Requirement.NO_CHANGE, unless(self._read_any, ZERO_ALREADY)),
            Action("edit.undo", self.undo, Requirement.NO_WORK),
            Action("edit.redo", self.redo, Requirement.NO_WORK),
            Action("text.imagine", self.imagine, Requirement.NO_WORK, unless(self._read_any, NOTHING_READ)),
            Action("text.edit", self.ask_text, Requirement.NO_WORK, unless(self._reads_text, ROWS_FROM_FILE)),
            Action("cell.next", self.switch, Requirement.NO_WORK),
            Action("cell.choose", self.choose_cell, Requirement.NO_WORK),
        )

    def _read_any(self) -> bool:
        return self._workspace.debugger.position > 0

    def _reads_text(self) -> bool:
        return not self._workspace.debugger.about.channels

    def reset(self) -> None:
        """Restarts the text from the zero state."""
        self._workspace.debugger.reset()
        self._workspace.refresh()

    def zero(self) -> None:
        """Sets the state to zero here."""
        debugger = self._workspace.debugger
        debugger.zero()
        where = f"h and c are 0 after {step_name(debugger.position)}"
        self._workspace.refresh(f"{where}: → continues from there, u restores them")

    def undo(self) -> None:
        """Undoes the last change."""
        self._change(self._workspace.debugger.undoing())

    def redo(self) -> None:
        """Redoes what was undone last."""
        self._change(self._workspace.debugger.redoing())

    def _change(self, job: JobDoor) -> None:
        self._workspace.cancel_run()  # of the model or the text that is going to be another one
        self._workspace.start(job)

    # Another text

    async def ask_text(self, value: str | None = None) -> None:
        """Asks for one, with `value` typed already, or the present text (None) where it is no book."""
        from lstm_tui.tui.dialogs import AskText

        debugger = self._workspace.debugger
        known = (" " if debugger.about.words else "").join(debugger.about.vocabulary)
        hint = f"the model knows: {known if len(known) <= 100 else known[:100] + '…'}"
        if value is None:
            value = debugger.text if len(debugger.text) <= EDITED_AT_MOST else ""
        await self._workspace.view.ask(AskText("another text", hint, value, self._check_text, lines=True), self._read)

    @staticmethod
    def _check_text(text: str) -> None:
        if not text:
            raise UserError(EMPTY_TEXT)

    def _read(self, text: str) -> None:
        gone = (
            "what was clamped or zeroed in the other text is gone" if self._workspace.debugger.interventions else None
        )
        try:
            self._workspace.debugger.read(text)
        except UnknownCharacters as error:
            self._offer(text, error)
        else:
            self._workspace.pause()
            self._workspace.refresh(gone)

    def _offer(self, text: str, error: UnknownCharacters) -> None:
        """Offers to train a model on text that this one cannot read."""
        from lstm_tui.tui.dialogs import Confirm

        listed = [f"'{visible(symbol)}' ×{count}" for symbol, count in error.counts.items()]
        more = f" and {len(listed) - 12} more" if len(listed) > 12 else ""
        question = (
            f"The model does not know {', '.join(listed[:12])}{more} (the first at position {error.first}). "
            f"Train {NEWCOMER_UNITS} fresh units on this text?"
        )
        dialog = Confirm("another text", question, f"train {NEWCOMER_UNITS} fresh units on it", "go back", key="enter")
        self._workspace.view.ask(dialog, lambda _: self._train_on(text), partial(self.ask_text, text))

    def _train_on(self, text: str) -> None:
        training = self._workspace.debugger.training(fresh=True, text=text, hidden=NEWCOMER_UNITS)
        self._workspace.pause()
        self._train(training)

    async def imagine(self) -> None:
        """Asks for temperature and length, and lets the model continue the text."""
        from lstm_tui.tui.dialogs.imagine import AskForecast, AskImagining

        if self._workspace.debugger.about.classes:
            return self._workspace.show_message(NOTHING_NEXT)
        if self._workspace.debugger.about.channels:
            return await self._workspace.view.ask(AskForecast(40, self._check_imagining), self._imagine)
        await self._workspace.view.ask(AskImagining(1.0, 40, self._check_imagining), self._imagine)

    @staticmethod
    def _check_imagining(request: SamplingRequest) -> None:
        if not 1 <= request.count <= IMAGINED_AT_MOST:
            raise UserError(f"{request.count} is too few or too many: give a whole number from 1 to {IMAGINED_AT_MOST}")
        if not 0 <= request.temperature < float("inf"):
            raise UserError(f"the temperature cannot be {request.temperature:g}: give 0 (always the top guess) or more")

    def _imagine(self, request: SamplingRequest) -> None:
        if not self._workspace.refused(Requirement.NO_WORK):
            self._change(self._workspace.debugger.imagining(request.count, request.temperature))

    # Cells

    def switch(self, name: str | None = None) -> None:
        """Switches to the implementation of that name, or to the next."""
        debugger = self._workspace.debugger
        if self._workspace.refused(Requirement.NO_WORK):
            return
        if name is None and len(debugger.cells()) == 1:
            only = f"{visible(debugger.about.cell)} is the only cell that computes this function"
            return self._workspace.show_message(only)
        self._change(debugger.switching(name))

    async def choose_cell(self) -> None:
        """Asks which."""
        from lstm_tui.tui.dialogs import Pick

        debugger = self._workspace.debugger
        await self._workspace.view.ask(Pick("cell", debugger.cells(), debugger.about.cell), self.switch)
