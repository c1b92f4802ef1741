"""The rows that a model of numbers reads: those asked for, held against what its file says it reads."""

from __future__ import annotations

from array import array
from collections.abc import Mapping
from dataclasses import replace

from lstm_tui.core.classes import Classes
from lstm_tui.core.errors import UserError
from lstm_tui.core.number_rows.asked_rows import (
    asked_table,
    fresh_rows,
    given_scaling,
    names,
    remembered_rows,
    rows_for,
)
from lstm_tui.core.number_rows.number_table import NumberTable
from lstm_tui.core.number_rows.row_sequence import RowFormat, Rows
from lstm_tui.core.number_rows.scaling import measured, plain
from lstm_tui.core.options import ModelOptions
from lstm_tui.core.vocabulary import visible


def rows_of_file(
    options: ModelOptions, form: RowFormat | None, remembered: str, path: str
) -> tuple[Rows, tuple[str, ...]]:
    """The rows for a model file of ours, and notes on them. Raises `UserError` where they do not fit."""
    shown = visible(path)
    if form is None:
        raise UserError(f"'{shown}' reads symbols, not rows of numbers: give it a text with --text or --file")
    if options.text is not None or options.file is not None or options.vocab or options.vocab_from or options.words:
        reads = ", ".join(map(visible, form.channels))
        raise UserError(f"'{shown}' reads rows of numbers ({reads}), not a text: give them with --rows FILE.csv")
    if options.window is not None:
        form = replace(form, window=options.window)
    if options.rows is None:
        if not remembered:
            raise UserError(f"'{shown}' remembers no rows: give some with --rows FILE.csv")
        return remembered_rows(form, remembered, shown), ()
    table = asked_table(options, form)
    if options.fresh:
        return fresh_rows(options, table), table.notes
    form = _renamed(form, options)
    if options.scaler is not None:
        form = replace(form, scaling=given_scaling(options.scaler, form.columns))
    rows = Rows(form, table)
    if options.scale is not None:
        rows = Rows(replace(form, scaling=measured(options.scale, rows.raw)), table)
    return rows, table.notes


_RAMP = 24


def rows_of_stranger(
    options: ModelOptions, reads: int, says: int | None, name: str, classes: Classes | None = None,
    scaler: tuple[str, Mapping[str, object]] | None = None,
) -> tuple[Rows, tuple[str, ...]]:  # fmt: skip
    """The rows for a stranger's model, made up where nobody gives any; a classifier (`classes`) has no targets.

    `scaler`: the name of a file beside it, and what it says of the scale.

    Raises `UserError` where they do not fit.
    """
    if classes is not None:
        says = 0
        if options.target is not None:
            raise UserError(f"'{visible(name)}' says a class and predicts no column: leave --target out")
    if options.text is not None or options.file is not None or options.vocab or options.vocab_from or options.words:
        count = "one number" if reads == 1 else f"{reads:,} numbers"
        raise UserError(f"'{visible(name)}' reads rows of {count} a step, not a text: give them with --rows FILE.csv")
    if options.rows is not None:
        table = asked_table(options, None)
        try:
            rows, note = rows_for(options, table, reads, says, name, classes, scaler and scaler[1]), ""
        except UserError as error:
            if scaler is None or "scaler beside" not in str(error):
                raise
            rows, note = rows_for(options, table, reads, says, name, classes), f"{error}: it is not used"
            scaler = None
        return rows, (*table.notes, *((note,) if note else ()), *_scale_note(options, scaler and scaler[0]))
    # From -1 to 1, each channel a step ahead of the one before: nothing that anybody measured.
    ramp = [2 * t / (_RAMP - 1) - 1 for t in range(_RAMP)]
    columns = {f"c{at}": array("d", ramp[at % _RAMP :] + ramp[: at % _RAMP]) for at in range(max(reads, says or 0))}
    channels, targets = tuple(columns)[:reads], tuple(columns)[: reads if says is None else says]
    form = RowFormat(channels, targets, plain(tuple(columns)), options.window)
    rows = Rows(form, NumberTable(columns, None), classes)
    return rows, ("no rows are given (--rows FILE.csv): it reads a made-up ramp from -1 to 1",)


def _scale_note(options: ModelOptions, scaler: str | None) -> tuple[str, ...]:
    if options.scale is not None or options.scaler is not None:
        return ()
    if scaler is not None:
        return (f"numbers are scaled as {scaler} beside the file says; --scale none leaves them as they are",)
    return ("numbers are read as they are: if it was trained on scaled ones, say so with --scaler or --scale",)


def _renamed(form: RowFormat, options: ModelOptions) -> RowFormat:
    """With the columns that the user names instead of the model's own, one for one."""
    if options.columns is not None and set(names(options.columns)) == set(form.channels) and options.target is None:
        return form  # in whatever order they are named
    channels = form.channels if options.columns is None else tuple(names(options.columns))
    targets = form.targets if options.target is None else tuple(names(options.target))
    if options.columns is not None and options.target is None:
        others = dict(zip(form.channels, channels, strict=False))
        targets = tuple(others.get(name, name) for name in form.targets)
    for option, mine, given in (("--columns", form.channels, channels), ("--target", form.targets, targets)):
        if len(mine) != len(given) or len(set(given)) < len(given):
            raise UserError(f"{option} must name {len(mine)} columns, one for each of {', '.join(map(visible, mine))}")
    others = dict(zip((*form.channels, *form.targets), (*channels, *targets), strict=True))
    pairs = {others[name]: pair for name, pair in form.scaling.columns.items()}
    if not {*channels, *targets} <= pairs.keys():
        raise UserError("--target must name a column that stands for what the model predicts: see 'inspect'")
    return replace(form, channels=channels, targets=targets, scaling=replace(form.scaling, columns=pairs))
