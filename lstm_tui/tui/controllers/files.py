"""The actions that open and write files."""

from __future__ import annotations

import contextlib
import os
from typing import TYPE_CHECKING

from textual.worker import get_current_worker

from lstm_tui.core.errors import RunFailed, UserError
from lstm_tui.core.filesystem import reach
from lstm_tui.core.filesystem.bundled import bundled
from lstm_tui.core.filesystem.files import check_destination, write_atomically
from lstm_tui.core.options import ModelOptions
from lstm_tui.core.vocabulary import visible
from lstm_tui.debugger.prepare import prepare
from lstm_tui.debugger.prepared import Prepared
from lstm_tui.tui.actions import Action, Requirement
from lstm_tui.tui.jobs import run_in_thread
from lstm_tui.tui.messages import OpenRequested
from lstm_tui.tui.system.svg import picture

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from textual.worker import Worker

    from lstm_tui.debugger.door import ForkDoor
    from lstm_tui.tui.workspace import Workspace

ENDINGS = (".safetensors", ".svg", ".jsonl", ".csv", ".html")


class FilesController:
    """Owns nothing. Whatever fails here leaves what was open as it was and says why in a sentence."""

    def __init__(self, workspace: Workspace) -> None:
        self._workspace = workspace

    def actions(self) -> tuple[Action, ...]:
        """Its actions, for the table."""
        return (
            Action("file.open", self.open, Requirement.NO_WORK),
            Action("file.write", self.write),
            Action("cell.kind", self.choose_kind, Requirement.NO_WORK),
        )

    # Opening

    async def open(self) -> None:
        """Asks for a model."""
        from lstm_tui.tui.dialogs import AskModel

        await self._workspace.view.ask(AskModel(bundled(), self._check_model), self._open_checked)

    @staticmethod
    def _check_model(name: str) -> tuple[str, Prepared]:
        """What the dialog hands back: a foreign file is not read twice. Fit to run in a thread."""
        with _as_typed(name):
            return name, prepare(ModelOptions(model=reach.now().whole(name)))

    def _open_checked(self, checked: tuple[str, Prepared]) -> None:
        name, prepared = checked

        def then() -> None:
            self._workspace.show_message(f"opening {visible(name)} …")
            self._workspace.view.post_message(OpenRequested(prepared))

        self.if_nothing_is_lost("open another model", then)

    async def choose_kind(self) -> None:
        """Asks for another kind of cell, to start with afresh on the same text."""
        from lstm_tui.core.kinds import IMPLEMENTATIONS
        from lstm_tui.tui.dialogs import Pick

        chosen = Pick("another kind: untrained, the same text, seed and sizes", tuple(IMPLEMENTATIONS))
        await self._workspace.view.ask(chosen, self._open_kind)

    def _open_kind(self, kind: str) -> None:
        debugger, options = self._workspace.debugger, self._workspace.view.prepared.options
        sizes = debugger.about.hidden_sizes
        prepared = prepare(
            ModelOptions(
                fresh=True, cell=kind, text=debugger.text, unknown=options.unknown, hidden=sizes[0], layers=len(sizes),
                seed=options.seed or 0, vocab=debugger.about.vocabulary, device=options.device,
            )
        )  # fmt: skip
        self._open_checked((kind, prepared))

    def if_nothing_is_lost(self, what: str, then: Callable[[], None]) -> None:
        """Does `then`, after a yes where trained or edited weights are not saved."""
        about = next((each.about for each in self._workspace.all if each.about.unsaved), None)
        if about is None:
            then()
            return
        from lstm_tui.tui.dialogs import Confirm

        question = f"The trained weights of {about.name} are not saved (w writes them)."
        self._workspace.view.ask(Confirm(what, question, f"{what} without saving", "go back"), lambda _: then())

    # Writing

    async def write(self) -> None:
        """Asks for the name of a file."""
        from lstm_tui.tui.dialogs import AskText

        hint = ".safetensors: the model   .svg: this screen   .jsonl .csv: every step's numbers   .html: a page"
        suggested = f"{visible(self._workspace.debugger.about.name)}.safetensors"
        await self._workspace.view.ask(AskText("write", hint, suggested, self._check_file), self._write)

    @staticmethod
    def _check_file(typed: str) -> None:
        typed = typed.strip()
        ending = os.path.splitext(typed)[1].lower()
        if ending not in ENDINGS:
            raise UserError(f"'{typed}' must end in one of {', '.join(ENDINGS)}: the ending selects what is written")
        with _as_typed(typed):  # what is there already is asked about next
            check_destination(reach.now().whole(typed), ending, force=True)

    def _write(self, path: str) -> None:
        path = path.strip()
        if not os.path.lexists(reach.now().placed(reach.now().whole(path))):
            return self._write_to(path, False)
        from lstm_tui.tui.dialogs import Confirm

        dialog = Confirm("write", f"{visible(path)} exists already.", "replace it", "keep it")
        self._workspace.view.ask(dialog, lambda _: self._write_to(path, True))

    def _write_to(self, typed: str, force: bool) -> None:
        path = reach.now().whole(typed)
        with _as_typed(typed):
            match os.path.splitext(path)[1].lower():
                case ".safetensors":
                    self._workspace.debugger.save(path, force)
                case ".svg":
                    write_atomically(path, picture(self._workspace.view.app).encode(), force)
                case _:
                    return self._write_steps(typed, force)
        self._workspace.refresh(f"wrote {visible(typed)}")

    def _write_steps(self, typed: str, force: bool) -> None:
        """Every step's numbers, in a thread with a cursor of its own: a long text takes minutes."""
        fork, path = self._workspace.debugger.fork(), reach.now().whole(typed)
        self._workspace.refresh(f"writing {visible(typed)} …")

        def write() -> None:
            worker = get_current_worker()
            with _as_typed(typed):
                lines = _unless_cancelled(_lines(fork, os.path.splitext(path)[1].lower()), worker)
                write_atomically(path, (line.encode() for line in lines), force)

        run_in_thread(self._workspace.view, write, lambda: self._workspace.refresh(f"wrote {visible(typed)}"), "write")


def _lines(fork: ForkDoor, ending: str) -> Iterator[str]:
    """Every step as a file of that kind has it."""
    from lstm_tui import __version__
    from lstm_tui.pages.page import trace_page
    from lstm_tui.tracing.formats import csv_lines, jsonl

    if ending == ".html":
        return trace_page(fork, fork.steps(0, fork.length + 1), __version__)
    steps = fork.printed(1, fork.length + 1)
    if ending == ".csv":
        return csv_lines(fork.about, steps)
    return jsonl(fork.about, fork.length, steps, __version__, interventions=fork.interventions)


@contextlib.contextmanager
def _as_typed(typed: str) -> Iterator[None]:
    """A sentence about a path names it as it was typed: where someone's home is, is not for a screen others watch."""
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
            raise RunFailed("writing is cancelled: nothing was written")
        yield line
