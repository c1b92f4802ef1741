"""What of a debugger outlives the program: how to open it again, where it was, and unsaved weights."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Protocol

from lstm_tui.checkpoints.own.model_file import parse
from lstm_tui.core.clamps import read_clamp
from lstm_tui.core.errors import UserError
from lstm_tui.core.filesystem.bundled import bundled_path
from lstm_tui.core.number_rows.number_table import NumberTable
from lstm_tui.core.number_rows.row_sequence import Rows
from lstm_tui.core.options import PLAIN, ModelOptions
from lstm_tui.core.sessions.file_stamp import stamp
from lstm_tui.core.sessions.session import Session
from lstm_tui.core.step import About
from lstm_tui.core.user_cell import class_name, is_user_cell
from lstm_tui.core.vocabulary import visible
from lstm_tui.debugger.door import Stop

if TYPE_CHECKING:
    from lstm_tui.debugger.changes import Changes
    from lstm_tui.debugger.debuggee import Debuggee
    from lstm_tui.debugger.prepared import Prepared
    from lstm_tui.debugger.stops import StopList
    from lstm_tui.engine.rollout import Rollout


class Origin(Protocol):
    """What a session needs to know of the `Prepared` that a debugger was opened from."""

    @property
    def options(self) -> ModelOptions: ...
    @property
    def text(self) -> str: ...
    @property
    def path(self) -> str | None: ...
    @property
    def rows(self) -> Rows | None: ...


class Resumable(Protocol):
    """The debugger, as far as a session is brought back in it."""

    stops: StopList

    @property
    def about(self) -> About: ...
    def switch_cell(self, name: str | None = None) -> object: ...
    def apply(self, texts: Sequence[str], beyond: int = 0) -> None: ...
    @property
    def to(self) -> Callable[[int], object]: ...


def resumed(debugger: Resumable, changes: Changes, session: Session) -> tuple[Session, str]:
    """Has the debugger go where the session was: see `Debugger.resume`."""
    missed: list[str] = []
    if session.weights is not None:
        about = replace(debugger.about, name=session.name, path=session.path, unsaved=True)
        changes.debuggee = replace(changes.debuggee, about=about)
    elif has_changed(session, debugger.about):
        missed.append(f"{visible(session.name)} has changed since the session was saved")
    if session.cell != debugger.about.cell:
        try:
            debugger.switch_cell(session.cell)
        except UserError as error:
            missed.append(str(error))
    here = fitted(session, changes.debuggee)
    if here != session:
        missed.append("the session belongs to a larger model or text: what does not exist here was left out")
    if here.edited:
        changes.debuggee = changes.debuggee.zeroed_at(here.edited)
    debugger.apply(here.clamps)
    debugger.to(here.position)
    stops = debugger.stops
    stops.set([Stop(text, on and stops.mistake(text) is None) for text, on in session.stops])
    stops.search_text = session.search_text
    return here, "; ".join(missed)


def session_of(debuggee: Debuggee, position: int, stops: StopList, prepared: Origin) -> Session:
    """Where we are, of the model that was opened from `prepared`; the screen adds what it knows."""
    rollout, about, cell = debuggee.rollout, debuggee.ended_about, prepared.options.cell
    return Session(
        options=_to_open_again(rollout, about, prepared),
        name=about.name,
        cell=about.cell,
        own_class=class_name(cell) if cell is not None and is_user_cell(cell) else None,
        position=position,
        stops=tuple((stop.text, stop.on) for stop in stops.listed),
        search_text=stops.search_text,
        edited=tuple(sorted(filter(rollout.is_zeroed, rollout.timeline.edits))),
        clamps=tuple(clamp.text for clamp in rollout.interventions.clamps),
        path=about.path and os.path.abspath(about.path),
        stamp=stamp(about.path),
    )


def file_of(debuggee: Debuggee, options: ModelOptions) -> bytes:
    """The weights that are kept of it, of a training those it ended with, as a file."""
    from lstm_tui.engine.loading.save import model_bytes

    ended = debuggee.ended
    return model_bytes(ended.rollout, ended.about, options)


def fitted(session: Session, debuggee: Debuggee) -> Session:
    """What can only be checked once the model is open: a step, a layer, a unit and a panel that are there."""
    sizes, length = debuggee.about.hidden_sizes, len(debuggee.rollout)
    layer = min(session.layer, len(sizes) - 1)
    return replace(
        session,
        position=min(session.position, length),
        edited=tuple(position for position in session.edited if position <= length),
        clamps=_fitting(session.clamps, debuggee),
        layer=layer,
        unit=min(session.unit, sizes[layer] - 1),
        zoomed=session.zoomed if session.zoomed <= len(debuggee.cell.quantities) else 0,
    )


def _fitting(clamps: Sequence[str], debuggee: Debuggee) -> tuple[str, ...]:
    """Those of the clamps that fit what is open, together."""
    held: tuple[str, ...] = ()
    for text in clamps:
        try:
            debuggee.with_clamps(map(read_clamp, (*held, text)))
        except UserError:
            continue
        held = (*held, text)
    return held


def has_changed(session: Session, about: About) -> bool:
    """Whether the model's file is not the one that the session was kept of."""
    return session.stamp is not None and session.stamp != stamp(about.path)


def reopened(prepared: Prepared, session: Session, weights: bytes | None) -> Prepared:
    """What to open, to continue as in `session` there, for a debugger that was opened from `prepared` and has ended.

    `weights`: a file of those it had; None where it had those that `prepared` gives.
    """
    options = session.options
    if session.own_class is not None:  # where its code is, no session says
        options = replace(options, cell=prepared.options.cell)
    text = prepared.text if options.text is None else options.text
    if isinstance(options.rows, NumberTable) and prepared.rows is not None:
        prepared = replace(prepared, rows=Rows(prepared.rows.form, options.rows, prepared.rows.classes))
    if weights is None:
        return replace(prepared, options=options, text=text, unchecked=True)
    header = parse(weights, session.name)
    return replace(
        prepared, name=session.name, options=options, text=text, vocabulary=header.vocabulary, cell=options.cell,
        hidden_sizes=header.hidden_sizes, header=header, path=session.path, data=weights, foreign=None,
        unchecked=True,
    )  # fmt: skip


def _to_open_again(reading: Rollout, about: About, prepared: Origin) -> ModelOptions:
    """Options that open the same model on the same text, without what only the command line says: where code is.

    Unsaved weights get their file's name from what keeps the session.
    """
    options = _absolute(replace(prepared.options, train=False, stops=(), clamps=(), unknown=reading.sequence.unknown))
    if is_user_cell(options.cell):
        options = replace(options, cell=None)
    elsewhere = about.unsaved or about.path not in (None, prepared.path)  # trained, and then saved or not
    if (
        (reading.sequence.unit != "row" and reading.text != prepared.text)
        or _read_once(options.file)
        or (elsewhere and options.file is None)
    ):
        drawn = options.fresh or options.model is None  # else the seed drew the text
        options = replace(options, text=reading.text, file=None, random=None, seed=options.seed if drawn else None)
    if isinstance(reading.sequence, Rows) and (reading.sequence is not prepared.rows or not _from_file(prepared)):
        options = _with_rows(options, reading.sequence)
    if _read_once(options.vocab_from) or (isinstance(options.vocab, str) and _read_once(options.vocab)):
        options = replace(options, vocab=reading.vocabulary.symbols, vocab_from=None)
    if elsewhere:
        model = None if about.unsaved or about.path is None else os.path.abspath(about.path)
        return replace(
            options, model=model, fresh=False, hidden=None, layers=None, seed=None, forget_bias=None, vocab=None,
            vocab_from=None, cell=None,
        )  # fmt: skip
    if isinstance(reading.sequence, Rows):
        return options
    if options.fresh or prepared.path is None:  # drawn from the seed for a vocabulary, which another text would change
        return replace(options, vocab=reading.vocabulary.symbols, vocab_from=None)
    return options


def _from_file(prepared: Origin) -> bool:
    """Whether the rows can be read again: from a file, or from the model's own."""
    rows = prepared.options.rows
    return rows is None or (isinstance(rows, str) and rows != "-" and not _read_once(rows))


def _with_rows(options: ModelOptions, rows: Rows) -> ModelOptions:
    """Options that give just these rows, scaled as they are."""
    form, scale = rows.form, rows.form.scaling.described()
    plain = isinstance(scale, str)
    return replace(
        options, rows=NumberTable(rows.raw, None if rows.times is None else tuple(rows.times)), time=None, missing=None,
        columns=",".join(form.channels), target=",".join(form.targets) or None, scale=PLAIN if plain else None,
        scaler=None if plain else scale,
    )  # fmt: skip


def _read_once(path: str | None) -> bool:
    """Whether a path is a pipe, which cannot be read again."""
    return path is not None and os.path.exists(path) and not os.path.isfile(path)


def _absolute(options: ModelOptions) -> ModelOptions:
    """The same files from every folder."""

    def whole(path: str | None) -> str | None:
        return None if path is None else os.path.abspath(path)

    model, vocab, classes = options.model, options.vocab, options.classes
    if model is not None and bundled_path(model) is None:
        model = os.path.abspath(model)
    if isinstance(vocab, str) and os.path.exists(vocab):
        vocab = os.path.abspath(vocab)
    if isinstance(classes, str) and os.path.isfile(classes):
        classes = os.path.abspath(classes)
    return replace(
        options, model=model, vocab=vocab, classes=classes, file=whole(options.file),
        vocab_from=whole(options.vocab_from), rows=whole(options.rows) if isinstance(options.rows, str) else None,
        scaler=whole(options.scaler) if isinstance(options.scaler, str) else None,
    )  # fmt: skip
