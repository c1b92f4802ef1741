"""A checked request becomes a network reading its text: weights loaded, or drawn from the seed."""

from __future__ import annotations

import math

import torch

from lstm_tui.checkpoints.own.model_file import ModelHeader
from lstm_tui.core.number_rows.row_sequence import Rows
from lstm_tui.core.options import AUTO, CPU, ModelOptions
from lstm_tui.core.step import About
from lstm_tui.core.text import Text
from lstm_tui.core.user_cell import CellError, is_user_cell, parse_names, parse_plain
from lstm_tui.engine.cells import ByHand, Cell, cell_named
from lstm_tui.engine.devices import device_named, where_trained
from lstm_tui.engine.loading.own_file import from_bytes
from lstm_tui.engine.network import Network, fresh
from lstm_tui.engine.process_settings import compute_alone_and_exactly
from lstm_tui.engine.rollout import Rollout
from lstm_tui.engine.runners.row_runner import has_fused_form
from lstm_tui.engine.user_cells.checks import left_open, moment_problem, unused_inputs, verdict_notes
from lstm_tui.engine.user_cells.pasting import pasted

SURVEYED = 1000
"""Characters checked when a user's cell is opened; every step shown is checked again."""
_ON_THE_CPU = "--device {} changes nothing here: only cells that PyTorch has as layers are trained there"
_WORSE, _FAR_WORSE = 1.02, 1.2
"""How far over ln V a mean loss must be to be called worse than guessing; with unknown training."""


def open_model(
    name: str,
    sequence: Text | Rows,
    hidden_sizes: tuple[int, ...],
    options: ModelOptions,
    header: ModelHeader | None,
    data: bytes | None,
    path: str | None,
    *,
    unchecked: bool = False,
) -> tuple[Rollout, About]:
    """The network reading `sequence` from its start, and what to show about it; `unchecked`: without checks.

    Raises `UserError` for damaged weights, an unknown cell, or a device that is not there.
    """
    compute_alone_and_exactly()
    device_named(options.device)  # said now, and not when a training is asked for
    warnings: tuple[str, ...] = ()
    reads, says = ends_of(sequence)
    inputs = (header.embedding_size if header else None) or reads
    kind = _kind(options, header.cell if header else ByHand.name, inputs, hidden_sizes)
    if data is not None and not options.fresh:
        model, _, warnings = from_bytes(data, path or name, kind)
    else:
        like, seed = _like(data, header, path or name, kind), options.seed or 0
        model = fresh(
            reads, hidden_sizes, cell=kind, seed=seed, forget_bias=options.forget_bias, like=like, outputs=says
        )
        header = None
    reading = Rollout(model, sequence)
    notes = warnings if unchecked else warnings + survey(reading)
    if header is not None and not notes and options.random is None and not unchecked:
        notes = worse_than_guessing(reading, header)
    if header is None:
        return reading, about_model(name, reading, 0, None, None, notes, options.device)
    return reading, about_model(name, reading, header.epochs, header.loss, path, notes, options.device)


def ends_of(sequence: Text | Rows) -> tuple[int, int]:
    """How many numbers a model of it reads a step, one-hot or its channels, and how many it says."""
    rows = sequence.form if isinstance(sequence, Rows) else None
    reads, says = (
        len(sequence.vocabulary) if rows is None else len(rows.channels),
        0 if rows is None else len(rows.targets),
    )
    if sequence.classes is not None:
        return reads, len(sequence.classes.names)
    return reads, reads if rows is None else says


def _like(data: bytes | None, header: ModelHeader | None, path: str, kind: type[Cell]) -> Network | None:
    """The model whose ends and missing biases a fresh one gets; None where there is nothing particular about it."""
    if data is None or header is None or (header.embedding_size is None and header.bias and header.output_bias):
        return None
    return from_bytes(data, path, None if header.user_class is None else kind)[0]


def about_model(
    name: str,
    reading: Rollout,
    epochs: int | None,
    loss: float | None,
    path: str | None,
    notes: tuple[str, ...],
    device: str = CPU,
) -> About:
    """The notes on a model that was just opened."""
    model, form = reading.model, reading.sequence.form if isinstance(reading.sequence, Rows) else None
    return About(
        name=name,
        cell=model.cell_type.name,
        vocabulary=() if form else reading.vocabulary.symbols,
        channels=form.channels if form else (),
        targets=form.targets if form else (),
        scale=form.scaling.described() if form else "none",
        classes=reading.classes.names if reading.classes else (),
        words=reading.vocabulary.words,
        hidden_sizes=model.hidden_sizes,
        epochs=epochs,
        loss=loss,
        path=path,
        parameters=sum(p.numel() for p in model.parameters()),
        trained_on=where_trained(device, model),
        log_probabilities=model.log_softmax,
        notes=notes if device in (CPU, AUTO) or has_fused_form(model) else (*notes, _ON_THE_CPU.format(device)),
    )


def _kind(options: ModelOptions, own: str, inputs: int, sizes: tuple[int, ...]) -> type[Cell]:
    """The cell asked for, else the model's `own`, which is one of ours: code is run for `--cell` alone."""
    if options.cell is None or not is_user_cell(options.cell):
        return cell_named(options.cell or own)
    names, arguments = parse_names(options.names), parse_plain(options.args)
    return pasted(options.cell, inputs, sizes[0], options.seed or 0, names, arguments)


@torch.inference_mode()
def survey(reading: Rollout) -> tuple[str, ...]:
    """What a cell's user must know when it is opened, most urgent first; nothing for a cell of ours."""
    cell = reading.model.cells[0]
    if cell.described:
        return ()
    found: list[str] = []
    try:
        for position in range(1, min(len(reading), SURVEYED) + 1):
            problem = moment_problem(reading.model, position, reading.timeline.at(position))
            if problem is not None:
                found.append(problem)
                break
        if not found:
            found += verdict_notes(cell) or unused_inputs(cell)
    except CellError as error:
        found.append(str(error))
    return (*found, *left_open(cell, sound=not found))


def worse_than_guessing(reading: Rollout, header: ModelHeader | None = None) -> tuple[str, ...]:
    """In one sentence, that a trained model does worse than knowing nothing, and the likely cause.

    The usual bug is a vocabulary in another order; where the model reads the text it remembers well, it is this text.
    """
    symbols = len(reading.vocabulary)
    if isinstance(reading.sequence, Rows) or reading.classes is not None:
        return ()
    if (header is not None and header.epochs == 0) or symbols < 2:
        return ()
    if not _worse(reading, _FAR_WORSE if header is None else _WORSE):
        return ()
    remembered = header.text if header is not None and header.text != reading.text else ""
    known = remembered and not reading.vocabulary.unknown(remembered)
    if known and not _worse(Rollout(reading.model, Text(reading.vocabulary, remembered))):
        cause = "this text is unlike the one that the model was trained on"
    else:
        cause = "the likely cause is a vocabulary in a different order than the model was trained with"
    guessing = f"guessing (ln {symbols} = {math.log(symbols):.2f})"
    return (f"mean loss {reading.mean_loss():.2f} is worse than {guessing}: {cause}",)


def _worse(reading: Rollout, margin: float = _WORSE) -> bool:
    loss = reading.mean_loss()
    # An infinite one comes of infinite weights, of which a note speaks.
    return loss is not None and math.isfinite(loss) and loss > math.log(len(reading.vocabulary)) * margin
