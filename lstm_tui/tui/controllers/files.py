"""The verbs that change what is open: the model, its cell, its text, its weights' fate."""

from __future__ import annotations

import contextlib
import os
from functools import partial
from typing import TYPE_CHECKING

from textual.worker import get_current_worker

from lstm_tui.core.bundled import bundled
from lstm_tui.core.errors import RunFailed, UserError
from lstm_tui.core.filesystem import reach
from lstm_tui.core.filesystem.files import check_destination, write_atomically
from lstm_tui.core.options import ModelOptions
from lstm_tui.core.vocabulary import UnknownCharacters, visible
from lstm_tui.debugger.door import DebuggerDoor
from lstm_tui.debugger.prepare import prepare
from lstm_tui.debugger.prepared import Prepared
from lstm_tui.tui.controllers.training import Trains
from lstm_tui.tui.messages import OpenWanted
from lstm_tui.tui.system.svg import picture

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
        self.selection.layer = self.selection.unit = 0
        self.remove_class("-loading")
        self.fit()
        self.present("; ".join(debugger.about.notes) or None)
        if debugger.train_first:
            self.start_training(debugger.training())

    async def action_open(self) -> None:
        if self.busy():
            return
        from lstm_tui.tui.dialogs import AskModel

        await self.ask(AskModel(bundled(), self._check_model), self._open_chosen)

    @staticmethod
    def _options_for(name: str) -> ModelOptions:
        return ModelOptions(model=reach.now().whole(name))

    def _check_model(self, name: str) -> None:
        with _as_typed(name):
            self._checked = name, prepare(self._options_for(name))

    def _open_chosen(self, name: str) -> None:
        self.if_nothing_is_lost("open another model", partial(self._open_named, name))

    def _open_named(self, name: str) -> None:
        checked, self._checked = self._checked, None
        with _as_typed(name):
            known = checked[1] if checked is not None and checked[0] == name else None
            prepared = known or prepare(self._options_for(name))
        self.say(f"opening {visible(name)} …")
        self.post_message(OpenWanted(prepared))

    def if_nothing_is_lost(self, what: str, then: partial[None]) -> None:
        """Does `then`, after a yes where trained or edited weights are not saved."""
        if self.debugger is None or not self.debugger.about.unsaved:
            then()
            return
        from lstm_tui.tui.dialogs import Confirm

        question = f"The trained weights of {self.debugger.about.name} are not saved (w writes them)."
        self.ask(Confirm(what, question, f"{what} without saving", "go back"), lambda _: then())

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
        await self.ask(AskText("another text", hint, value, self._check_text), self._read)

    @staticmethod
    def _check_text(text: str) -> None:
        if not text:
            raise UserError("the text is empty: type at least one character")

    def _read(self, text: str) -> None:
        if self.debugger is None:
            return
        try:
            self.debugger.read(text)
        except UnknownCharacters as error:
            self._offer(text, error)
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
        dialog = Confirm("another text", question, f"train {NEWCOMER_UNITS} fresh units on it", "go back", key="enter")
        self.ask(dialog, lambda _: self._learn(text), partial(self._ask_text, text))

    def _learn(self, text: str) -> None:
        if self.debugger is None:
            return
        training = self.debugger.training(fresh=True, text=text, hidden=NEWCOMER_UNITS)
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
        switched = self.debugger.switch_cell(name)
        difference = f"{switched.difference:.0e}" if switched.difference else "0"
        same = "same numbers" if switched.difference <= SAME else "THE NUMBERS DIFFER"
        self.present(f"{visible(switched.cell)}: {same}, largest difference {difference} over {switched.steps} steps")

    async def action_choose_cell(self) -> None:
        if self.debugger is None or self.busy():
            return
        from lstm_tui.tui.dialogs import Pick

        dialog = Pick("cell", self.debugger.cells(), self.debugger.about.cell)
        await self.ask(dialog, self._switch)

    def action_undo(self) -> None:
        if self.debugger is None or self.busy():
            return
        run = self.debugger.undoing()
        self.cancel_run()  # of the model or the text that is going to be another one
        self.set_off(run, remember=False)

    # Writing

    async def action_write(self) -> None:
        if self.debugger is None:
            return
        from lstm_tui.tui.dialogs import AskText

        hint = ".safetensors: the model   .svg: this screen   .jsonl .csv: every step's numbers"
        suggested = f"{visible(self.debugger.about.name)}.safetensors"
        await self.ask(AskText("write", hint, suggested, self._check_file), self._write)

    @staticmethod
    def _check_file(typed: str) -> None:
        typed = typed.strip()
        ending = os.path.splitext(typed)[1].lower()
        if ending not in ENDINGS:
            raise UserError(f"'{typed}' must end in one of {', '.join(ENDINGS)}: the ending says what is written")
        with _as_typed(typed):  # what is there already is asked about next
            check_destination(reach.now().whole(typed), ending, force=True)

    def _write(self, path: str) -> None:
        path = path.strip()
        if not os.path.lexists(reach.now().placed(reach.now().whole(path))):
            return self._write_to(path, False)
        from lstm_tui.tui.dialogs import Confirm

        dialog = Confirm("write", f"{visible(path)} exists already.", "replace it", "keep it")
        self.ask(dialog, lambda _: self._write_to(path, True))

    def _write_to(self, typed: str, force: bool) -> None:
        assert self.debugger is not None
        path = reach.now().whole(typed)
        with _as_typed(typed):
            match os.path.splitext(path)[1].lower():
                case ".safetensors":
                    self.debugger.save(path, force)
                case ".svg":
                    write_atomically(path, picture(self.app).encode(), force)
                case _:
                    return self._write_steps(typed, force)
        self.present(f"wrote {visible(typed)}")

    def _write_steps(self, typed: str, force: bool) -> None:
        """Every step's numbers, in a thread with a cursor of its own: a long text takes minutes."""
        assert self.debugger is not None
        fork, path = self.debugger.fork(), reach.now().whole(typed)
        self.present(f"writing {visible(typed)} …")

        def write() -> None:
            from lstm_tui import __version__
            from lstm_tui.tracing.formats import csv_lines, jsonl

            worker = get_current_worker()
            steps = fork.steps(1, fork.length + 1, ranked=False)
            as_csv = path.lower().endswith(".csv")
            lines = csv_lines(steps) if as_csv else jsonl(fork.about, fork.length, steps, __version__)
            try:
                with _as_typed(typed):
                    write_atomically(path, (line.encode() for line in _unless_cancelled(lines, worker)), force)
            except (UserError, RunFailed) as error:
                if not worker.is_cancelled:  # nobody is left to be told
                    self.call_later(self.say, str(error))
            else:
                self.call_later(self.present, f"wrote {visible(typed)}")

        self.run_worker(write, thread=True, group="write")


@contextlib.contextmanager
def _as_typed(typed: str) -> Iterator[None]:
    """A sentence about a path names it as it was typed: where somebody's home is, is not for a screen others watch."""
    try:
        yield
    except (UserError, RunFailed) as error:
        whole = visible(os.path.expanduser(typed))
        if whole == visible(typed) or whole not in str(error):
            raise
        raise type(error)(str(error).replace(whole, visible(typed))) from None


def _unless_cancelled(lines: Iterator[str], worker: Worker[None]) -> Iterator[str]:
    """The lines, until the program is left meanwhile: then nothing is written."""
    for line in lines:
        if worker.is_cancelled:
            raise RunFailed("writing was cancelled: nothing was written")
        yield line
