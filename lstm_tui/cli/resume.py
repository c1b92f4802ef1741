"""`lstm-tui --resume`: what was open when a session ended, opened again."""

from __future__ import annotations

import shlex
import time
from argparse import Namespace
from collections.abc import Iterator
from dataclasses import replace
from typing import TYPE_CHECKING

from lstm_tui.cli.arguments import model_options, parse, screen_options
from lstm_tui.cli.output import write
from lstm_tui.core.errors import UserError
from lstm_tui.core.options import ModelOptions
from lstm_tui.core.screen_options import ScreenOptions
from lstm_tui.core.sessions import places as sessions
from lstm_tui.core.sessions.listing import SessionEntry, listed
from lstm_tui.core.sessions.places import SessionFolder
from lstm_tui.core.step import step_name
from lstm_tui.core.user_cell import class_name, is_user_cell
from lstm_tui.core.vocabulary import visible

if TYPE_CHECKING:
    from lstm_tui.core.sessions.session import Session
    from lstm_tui.debugger.prepared import Prepared


def wanted(arguments: Namespace) -> tuple[Prepared, ScreenOptions] | None:
    """What the debugger is to show: a session that continues. None where it was a list instead."""
    found = resumed(arguments)
    if not isinstance(found, list):
        return found
    for line in lines(found):
        write(line + "\n")
    return None


def resumed(arguments: Namespace) -> tuple[Prepared, ScreenOptions] | list[SessionEntry]:
    """The model that was open, and the screen with the session to continue from; a list where several could be meant.

    Raises `UserError` where there is no session, where it cannot be taken over, where what it needs is gone, and where
    another model is asked for too.
    """
    if model_options(arguments) != replace(model_options(parse([])), cell=arguments.cell):
        raise UserError("--resume reopens what was open: leave out the model, the text and their options")
    name = arguments.resume
    if name is True:
        found = listed()
        if not found:
            raise UserError("no session to resume: one is kept while the debugger runs")
        if len(found) > 1:
            return found
        name = found[0].name
    place = SessionFolder.claimed(name)
    kept = place.kept
    assert kept is not None  # it was claimed
    from lstm_tui.debugger.prepare import prepare

    try:
        prepared = prepare(_options(kept, name, arguments.cell))
    except UserError as error:
        place.release()
        raise UserError(f"session {name}: {error}") from None
    return _with_beside(replace(prepared, name=kept.name), kept.beside), replace(
        screen_options(arguments), theme=arguments.theme or kept.theme, session=kept, place=place
    )


def _with_beside(prepared: Prepared, asked: str | None) -> Prepared:
    """With the model that stood beside it; one that is gone, or reads other symbols by now, is said."""
    if asked is None:
        return prepared
    from lstm_tui.debugger.contrasts.asked_pair import SharedText, asked_beside

    try:
        return replace(prepared, beside=asked_beside(asked, SharedText.of(prepared), prepared.options))
    except UserError as error:
        return replace(prepared, notes=(*prepared.notes, f"nothing stands beside it: {error}"))


def _options(kept: Session, name: str, cell: str | None) -> ModelOptions:
    """What the session says, and where code is, which only the command line can say."""
    own = kept.own_class
    if own is None:
        if cell is not None:
            raise UserError("it does not use your own class: leave out --cell")
        return kept.options
    again = f"lstm-tui --resume {name} --cell path/to/file.py:{visible(own)}"
    if cell is None:
        raise UserError(f"it uses your class {visible(own)}; say where its code is: {again}")
    if not is_user_cell(cell) or class_name(cell) != own:
        raise UserError(f"it uses your class {visible(own)}, but --cell names another: {again}")
    return replace(kept.options, cell=cell)


def lines(entries: list[SessionEntry]) -> Iterator[str]:
    """The list: one session a line, and how to open or delete one."""
    rows = [("session", "model", "step", "kept", "")]
    rows += [(entry.name, *_of(entry), _when(entry.changed), _state(entry)) for entry in entries]
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    for row in rows:
        yield "  ".join(f"{word:{width}}" for word, width in zip(row, widths, strict=True)).rstrip()
    yield "'lstm-tui --resume NAME' continues one of them; to delete one, delete its folder in " + sessions.shown()


def _of(entry: SessionEntry) -> tuple[str, str]:
    if entry.session is None:
        return "?", "?"
    return visible(entry.session.name), str(entry.session.position)


def _when(changed: float) -> str:
    return time.strftime("%Y-%m-%d %H:%M", time.localtime(changed))


def _state(entry: SessionEntry) -> str:
    if entry.running:
        return f"still open{entry.who}"
    if entry.session is None:
        return "cannot be resumed"
    return "with weights that exist nowhere else" if entry.session.weights is not None else ""


def resume_hint(code: int, place: SessionFolder | None, options: ModelOptions) -> str:
    """What to say after a signal has ended the debugger that was opened with `options`."""
    word = {129: "the connection was closed", 130: "interrupted"}.get(code, "asked to stop")
    if place is None:
        return word
    if place.failure is not None:
        return f"{word}, but the session could not be kept: {place.failure}"
    if place.kept is None:
        return word
    cell = options.cell if place.kept.own_class is not None else None
    again = f"lstm-tui --resume {place.name}" + ("" if cell is None else f" --cell {shlex.quote(cell)}")
    note = f"; {place.note}" if place.note else ""
    return f"{word}: '{again}' continues {place.kept.name} at {step_name(place.kept.position)}{note}"
