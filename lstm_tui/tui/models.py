"""The verbs that change what is open: the model, its cell, its text, its weights' fate."""

from __future__ import annotations

import os
from functools import partial
from typing import TYPE_CHECKING

from textual.worker import get_current_worker

from lstm_tui.debugger import Prepared, bundled, prepare
from lstm_tui.debugger.door import DebuggerDoor
from lstm_tui.errors import RunFailed, UserError
from lstm_tui.files import write_atomically
from lstm_tui.options import ModelOptions
from lstm_tui.tui.opening import OpenWanted
from lstm_tui.tui.picture import picture
from lstm_tui.tui.training import Trains
from lstm_tui.vocabulary import UnknownCharacters, visible

if TYPE_CHECKING:
    from collections.abc import Iterator

    from textual.worker import Worker

NEWCOMER_UNITS = 8
ENDINGS = (".safetensors", ".svg", ".jsonl", ".csv")
SAME = 5e-5
"""Differences of two implementations up to here are float32's rounding."""


class Models(Trains):
    """Whatever fails here leaves what was open as it was and says why in a sentence."""

    _checked: tuple[str, Prepared] | None = None
    """What the dialog has just checked: somebody else's file is not read twice."""

    def opened(self, prepared: Prepared, debugger: DebuggerDoor) -> None:
        """Shows another model from its start."""
        self.stop_playing()
        if self.debugger is not None:
            debugger.stops.adopt(self.debugger.stops)
            self.debugger.close()
        self.prepared, self.debugger = prepared, debugger
        self.layer_index = self.unit = 0
        self.remove_class("-loading")
        self.fit()
        self.present("; ".join(debugger.about.notes) or None)
        if debugger.train_first:
            self.start_training(debugger.training())

    async def action_open(self) -> None:
        if self.busy():
            return
        from lstm_tui.tui.dialogs import AskModel

        await self.app.push_screen(AskModel(bundled(), self._check_model), self._open_chosen)

    @staticmethod
    def _options_for(name: str) -> ModelOptions:
        return ModelOptions(model=os.path.expanduser(name))

    def _check_model(self, name: str) -> str | None:
        try:
            self._checked = name, prepare(self._options_for(name))
        except UserError as error:
            return str(error)
        return None

    def _open_chosen(self, name: str | None) -> None:
        if name is None:
            return
        self.if_nothing_is_lost("open another model", partial(self._open_named, name))

    def _open_named(self, name: str) -> None:
        checked, self._checked = self._checked, None
        try:
            known = checked[1] if checked is not None and checked[0] == name else None
            prepared = known or prepare(self._options_for(name))
        except UserError as error:
            return self.say(str(error))
        self.say(f"opening {visible(name)} …")
        self.post_message(OpenWanted(prepared))

    def if_nothing_is_lost(self, what: str, then: partial[None]) -> None:
        """Does `then`, after a yes where trained or edited weights are not saved."""
        if self.debugger is None or not self.debugger.about.unsaved:
            then()
            return
        from lstm_tui.tui.dialogs import Confirm

        question = f"The trained weights of {self.debugger.about.name} are not saved (w writes them)."
        dialog = Confirm(what, question, f"{what} without saving", "go back")
        self.app.push_screen(dialog, lambda yes: then() if yes else None)

    # Another text

    async def action_text(self) -> None:
        if not self.busy():
            await self._ask_text("")

    async def _ask_text(self, value: str) -> None:
        from lstm_tui.tui.dialogs import AskText

        assert self.debugger is not None
        known = "".join(self.debugger.about.vocabulary)
        shown = known if len(known) <= 100 else known[:100] + "…"
        hint = f"the model knows: {shown}"
        await self.app.push_screen(AskText("another text", hint, value, self._check_text), self._read)

    @staticmethod
    def _check_text(text: str) -> str | None:
        return None if text else "the text is empty: type at least one character"

    def _read(self, text: str | None) -> None:
        if text is None or self.debugger is None:
            return
        try:
            self.debugger.read(text)
        except UnknownCharacters as error:
            self._offer(text, error)
        except UserError as error:
            self.say(str(error))
        else:
            self.stop_playing()
            self.present()

    def _offer(self, text: str, error: UnknownCharacters) -> None:
        """What a newcomer wants who typed something the model never saw: a model that learns it."""
        from lstm_tui.tui.dialogs import Confirm

        listed = [f"'{visible(symbol)}' ×{count}" for symbol, count in error.counts.items()]
        more = f" and {len(listed) - 12} more" if len(listed) > 12 else ""
        question = (
            f"The model does not know {', '.join(listed[:12])}{more} (the first at position {error.first}). "
            f"Train {NEWCOMER_UNITS} fresh units on this text?"
        )
        yes = f"train {NEWCOMER_UNITS} fresh units on it"
        self.app.push_screen(Confirm("another text", question, yes, "go back", key="enter"), partial(self._learn, text))

    async def _learn(self, text: str, yes: bool | None) -> None:
        if self.debugger is None:
            return
        if not yes:
            return await self._ask_text(text)
        try:
            training = self.debugger.training(fresh=True, text=text, hidden=NEWCOMER_UNITS)
        except UserError as error:
            return self.say(str(error))
        self.stop_playing()
        self.start_training(training)

    # Cells, undo

    def action_next_cell(self) -> None:
        self._switch(None)

    def _switch(self, name: str | None) -> None:
        if self.debugger is None or self.busy():
            return
        if name is None and len(self.debugger.cells()) == 1:
            return self.say(f"{visible(self.debugger.about.cell)} is the only cell that computes this function")
        try:
            switched = self.debugger.switch_cell(name)
        except UserError as error:
            return self.say(str(error))
        difference = f"{switched.difference:.0e}" if switched.difference else "0"
        same = "same numbers" if switched.difference <= SAME else "THE NUMBERS DIFFER"
        self.present(f"{visible(switched.cell)}: {same}, largest difference {difference} over {switched.steps} steps")

    async def action_choose_cell(self) -> None:
        if self.debugger is None or self.busy():
            return
        from lstm_tui.tui.dialogs import Pick

        dialog = Pick("cell", self.debugger.cells(), self.debugger.about.cell)
        await self.app.push_screen(dialog, lambda name: self._switch(name) if name else None)

    def action_undo(self) -> None:
        if self.debugger is None or self.busy():
            return
        try:
            run = self.debugger.undoing()
        except UserError as error:
            return self.say(str(error))
        self.cancel_run()  # of the model or the text that is going to be another one
        self.set_off(run, remember=False)

    # Writing

    async def action_write(self) -> None:
        if self.debugger is None:
            return
        from lstm_tui.tui.dialogs import AskText

        hint = ".safetensors: the model   .svg: this screen   .jsonl .csv: every step's numbers"
        suggested = f"{visible(self.debugger.about.name)}.safetensors"
        await self.app.push_screen(AskText("write", hint, suggested, self._check_file), self._write)

    @staticmethod
    def _check_file(path: str) -> str | None:
        if path.strip().lower().endswith(ENDINGS):
            return None
        return f"'{path.strip()}' must end in one of {', '.join(ENDINGS)}: the ending says what is written"

    def _write(self, path: str | None) -> None:
        if path is None:
            return
        path = os.path.expanduser(path.strip())
        if not os.path.lexists(path):
            return self._write_to(path, False)
        from lstm_tui.tui.dialogs import Confirm

        dialog = Confirm("write", f"{visible(path)} exists already.", "replace it", "keep it")
        self.app.push_screen(dialog, lambda yes: self._write_to(path, True) if yes else None)

    def _write_to(self, path: str, force: bool) -> None:
        assert self.debugger is not None
        try:
            match os.path.splitext(path)[1].lower():
                case ".safetensors":
                    self.debugger.save(path, force)
                case ".svg":
                    write_atomically(path, picture(self.app).encode(), force)
                case _:
                    self._write_steps(path, force)
                    return
        except (UserError, RunFailed) as error:
            return self.say(str(error))
        self.present(f"wrote {visible(path)}")

    def _write_steps(self, path: str, force: bool) -> None:
        """Every step's numbers, in a thread with a cursor of its own: a long text takes minutes."""
        assert self.debugger is not None
        aside = self.debugger.aside()
        self.present(f"writing {visible(path)} …")

        def write() -> None:
            from lstm_tui import __version__
            from lstm_tui.tracing.formats import csv_lines, jsonl

            worker = get_current_worker()
            steps = aside.steps(1, aside.length + 1)
            as_csv = path.lower().endswith(".csv")
            lines = csv_lines(steps) if as_csv else jsonl(aside.about, aside.length, steps, __version__)
            try:
                write_atomically(path, (line.encode() for line in _unless_cancelled(lines, worker)), force)
            except (UserError, RunFailed) as error:
                if not worker.is_cancelled:  # nobody is left to be told
                    self.app.call_from_thread(self.say, str(error))
            else:
                self.app.call_from_thread(self.present, f"wrote {visible(path)}")

        self.run_worker(write, thread=True, group="write")


def _unless_cancelled(lines: Iterator[str], worker: Worker[None]) -> Iterator[str]:
    """The lines, until the program is left meanwhile: then nothing is written."""
    for line in lines:
        if worker.is_cancelled:
            raise RunFailed("writing was cancelled: nothing was written")
        yield line
