"""`lstm-tui check`: a class of the user's file, from its source to everything that can be said of it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

import torch
from torch import Tensor, nn

from lstm_tui.core.errors import UserError
from lstm_tui.core.user_cell import CellError, CheckReport, CheckRequest, Departure
from lstm_tui.core.vocabulary import Vocabulary, visible
from lstm_tui.engine.judging.judge import Judged, quoted, read
from lstm_tui.engine.judging.reading import ClassReading, reading_of
from lstm_tui.engine.judging.recording import INPUTS, UNITS, RecordedCall, float_like, record
from lstm_tui.engine.judging.trials.against import Reference, against
from lstm_tui.engine.judging.trials.whole_report import everything
from lstm_tui.engine.user_cells.calling import CallForm
from lstm_tui.engine.user_cells.file import UserClass, load_class
from lstm_tui.engine.user_cells.making import make
from lstm_tui.engine.user_cells.spellings import quantity_of
from lstm_tui.engine.user_cells.user_code import interrupts

HIDDEN = 8
QUOTED = 8
"""Steps of the text among which the one is looked for that shows a finding best."""


def check(asked: CheckRequest, reference: Reference | None = None) -> CheckReport:
    """Everything that can be said; `reference` is the model of `--against`, where that is one.

    Raises `UserError` where the class cannot be loaded, made or called.
    """
    torch.set_num_threads(1)
    user = load_class(asked.spec)
    try:
        return _checked(user, asked, reference)
    except UserError as error:
        inside = user.others
        if not inside or interrupts.stopped:
            raise
        raise UserError(f"{error}; is it a model around a cell? It is made with {visible(', '.join(inside))}") from None


def _checked(user: UserClass, asked: CheckRequest, reference: Reference | None) -> CheckReport:
    inner = _made(user, INPUTS, UNITS, asked.arguments)
    inputs, square = INPUTS, None
    try:
        read_of_it = reading_of(user, inner, asked.names)
    except CellError as error:
        inputs, inner = UNITS, _made(user, UNITS, UNITS, asked.arguments)
        read_of_it, square = _square(user, inner, asked, error)
    told = everything(user, inner, read_of_it, inputs)
    if read_of_it.found is not None:
        told = replace(told, findings=(*_not_finite(user, read_of_it.form, asked), *told.findings))
        told = quoted(told, _steps(user, read_of_it.form, asked))
    told = told.with_findings(() if square is None else (square,))
    return told if asked.against is None else against(told, asked, reference)


def _square(user: UserClass, inner: nn.Module, asked: CheckRequest, error: CellError) -> tuple[ClassReading, Departure]:
    """A class that works only where D = H. Raises `error` where it does not work there either."""
    try:
        found = reading_of(user, inner, asked.names, UNITS)
    except CellError:
        raise error from None
    says = f"it works only where x and h have the same size: {error.what}"
    return found, Departure("weights", error.line, says)


def _made(user: UserClass, inputs: int, units: int, arguments: Mapping[str, Any]) -> nn.Module:
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(0)
        return make(user, inputs, units, arguments).eval()


def _not_finite(user: UserClass, form: CallForm, asked: CheckRequest) -> tuple[Departure, ...]:
    """The first number on the text that is none, where the numbers it is made from still are."""
    try:
        for step, recording in _recordings(user, form, asked):
            if (found := recording.not_finite) is not None:
                record, at = found
                line = recording.line(record.start + at)
                value = float(record.values[at])
                says = f"{record.op} gives {value} at step {step}: what is computed from it is no number either"
                return (Departure(_quantity_at(recording, record.start + at), line, says, step, at % HIDDEN),)
    except (CellError, ValueError, LookupError):
        pass
    return ()


def _quantity_at(recording: RecordedCall, number: int) -> str:
    labels = recording.labels.of(number)
    known = quantity_of(labels[0].name, recording.form.count == 2) if labels else None
    return known[0] if known else "h"


def _steps(user: UserClass, form: CallForm, asked: CheckRequest) -> Iterator[tuple[int, Judged]]:
    for step, recording in _recordings(user, form, asked):
        yield step, read(recording, asked.names)


def _recordings(user: UserClass, form: CallForm, asked: CheckRequest) -> Iterator[tuple[int, RecordedCall]]:
    """Each of the first steps of the text, from the zero state, with the weights that the seed 0 draws."""
    vocabulary = Vocabulary.of(asked.text)
    inner = _made(user, len(vocabulary), HIDDEN, asked.arguments)
    like = float_like(inner)
    zero = torch.zeros(1, HIDDEN).to(like)
    state: tuple[Tensor, ...] = (zero,) * form.count
    for step, code in enumerate(vocabulary.codes(asked.text)[:QUOTED], 1):
        x = torch.zeros(1, len(vocabulary)).to(like)
        x[0, code] = 1
        recording = record(user, inner, form, x, state)
        yield step, recording
        state = _after(recording, like)


def _after(recording: RecordedCall, like: Tensor) -> tuple[Tensor, ...]:
    """The new states in the order in which they go in."""
    form, recorder = recording.form, recording.recorder
    rows = []
    for ids in recording.after:
        numbers = [recorder.of(at) for at in ids]
        rows.append(torch.tensor([[float(record.values[position]) for record, position in numbers]]).to(like))
    swapped = form.count == 2 and not form.kept and form.first_is_c != form.out_first_is_c and "pair" not in form.slots
    return tuple(reversed(rows)) if swapped else tuple(rows)
