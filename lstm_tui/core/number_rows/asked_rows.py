"""The rows a user asks for: the options read, the file read, and both held against a model that says what it reads."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import replace

from lstm_tui.core.classes import Classes
from lstm_tui.core.errors import UserError
from lstm_tui.core.filesystem.files import quoted, read_bytes, read_text
from lstm_tui.core.number_rows import scaling
from lstm_tui.core.number_rows.array_file import read_arrays
from lstm_tui.core.number_rows.csv_table import read_csv
from lstm_tui.core.number_rows.number_table import NumberTable
from lstm_tui.core.number_rows.row_sequence import RowFormat, Rows
from lstm_tui.core.options import PLAIN, STANDARD, ModelOptions
from lstm_tui.core.vocabulary import visible

_ARRAYS = (".npy", ".npz")
_MOST_ROWS = 1 << 28


def asked_table(options: ModelOptions, form: RowFormat | None) -> NumberTable:
    """The file of `--rows`. Where a model says what it reads (`form`), only that is read of it."""
    if isinstance(options.rows, NumberTable):
        return _fitting(options.rows, form)
    path = options.rows or ""
    name = "standard input" if path == "-" else quoted(path)
    if path.lower().endswith(_ARRAYS):
        if options.time is not None:
            raise UserError(f"{name} holds numbers alone, so --time cannot name a column of it: use CSV")
        return _fitting(read_arrays(read_bytes(path, _MOST_ROWS), name, options.missing), form)
    text, note = read_text(path, options.encoding, _MOST_ROWS)
    wanted = None if form is None else form.columns
    if wanted is None and options.columns is not None:
        wanted = tuple(dict.fromkeys((*names(options.columns), *names(options.target or ""))))
    if form is not None and options.columns is not None:
        wanted = tuple(dict.fromkeys((*names(options.columns), *names(options.target or ""))))
    table = _read(text, name, wanted, options, form)
    return replace(table, notes=table.notes + ((note,) if note else ()))


def _read(
    text: str, name: str, wanted: Sequence[str] | None, options: ModelOptions, form: RowFormat | None
) -> NumberTable:
    try:
        table = read_csv(text, name, wanted, options.time, options.missing)
    except UserError:
        if form is None or options.columns is not None:
            raise
        table = read_csv(text, name, None, options.time, options.missing)  # without names, by their order
        if len(table.columns) != len(form.columns) or any(not label.startswith("c") for label in table.columns):
            raise
    return _fitting(table, form)


def _fitting(table: NumberTable, form: RowFormat | None) -> NumberTable:
    """Columns without the names that a model knows, as many as it reads, are those."""
    if form is None or set(form.columns) <= set(table.columns) or len(table.columns) != len(form.columns):
        return table
    return replace(table, columns=dict(zip(form.columns, table.columns.values(), strict=True)))


def fresh_rows(options: ModelOptions, table: NumberTable) -> Rows:
    """The rows of a model to be made: which columns it reads and predicts, and their scale."""
    channels, targets = chosen_columns(options, table)
    columns = tuple(dict.fromkeys((*channels, *targets)))
    return Rows(RowFormat(channels, targets, _scaling(options, table, columns, STANDARD), options.window), table)


def rows_for(
    options: ModelOptions, table: NumberTable, reads: int, says: int | None, name: str, classes: Classes | None,
    scaler: Mapping[str, object] | None = None,
) -> Rows:  # fmt: skip
    """The rows of a stranger's model, which `reads` so many numbers and `says` so many (None: no output).

    Its numbers are as they are where nobody says how they were scaled, the user or the `scaler` beside it. Raises
    `UserError` where they do not fit.
    """
    channels, targets = chosen_columns(options, table, says, reads)
    if len(channels) != reads:
        raise UserError(
            f"'{visible(name)}' reads {reads} number{'s' * (reads != 1)} a row, and the rows have {len(channels)} "
            f"({', '.join(map(visible, channels[:8]))}): choose them with --columns"
        )
    if says and options.target is None and len(targets) != says:
        raise UserError(
            f"'{visible(name)}' says {says} numbers a row: name the columns that it predicts with --target, or, if "
            "they are scores of classes, those with --classes"
        )
    if says is not None and len(targets) != says:
        raise UserError(
            f"'{visible(name)}' predicts {says} number{'s' * (says != 1)}, and {len(targets)} are named: "
            "choose them with --target"
        )
    columns = tuple(dict.fromkeys((*channels, *targets)))
    if scaler is not None and options.scaler is None and options.scale is None:
        scale = said_scaling(scaler, columns, "the scaler beside the file")
    else:
        scale = _scaling(options, table, columns, PLAIN)
    return Rows(RowFormat(channels, targets, scale, options.window), table, classes)


def chosen_columns(
    options: ModelOptions, table: NumberTable, says: int | None = None, reads: int | None = None
) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """What is read and what is predicted. Raises `UserError` for a column that is not there."""
    target = None if options.target is None else tuple(names(options.target))
    channels = tuple(names(options.columns)) if options.columns is not None else tuple(table.columns)
    if reads is not None and options.columns is None and target is not None and len(channels) == reads + len(target):
        channels = tuple(name for name in channels if name not in target)  # predicted and not read
    if target is None:
        target = channels if says is None or says == len(channels) else channels[:says]
    for option, listed in (("--columns", channels), ("--target", target)):
        for name in listed:
            if name not in table.columns:
                raise UserError(
                    f"{option} '{visible(name)}' is no column of numbers: there are "
                    f"{', '.join(visible(column) for column in list(table.columns)[:12])}"
                )
        if len(set(listed)) != len(listed) or (not listed and says != 0):
            raise UserError(f"{option} must name at least one column, and each once")
    return channels, target


def names(listed: str) -> list[str]:
    """`a,b` → a and b."""
    return [name.strip() for name in listed.split(",") if name.strip()]


def _scaling(options: ModelOptions, table: NumberTable, columns: tuple[str, ...], default: str) -> scaling.Scaling:
    if options.scaler is not None:
        return given_scaling(options.scaler, columns)
    return scaling.measured(options.scale or default, {name: table.columns[name] for name in columns})


def given_scaling(path: str | Mapping[str, object], columns: Sequence[str]) -> scaling.Scaling:
    """The scale in the file of `--scaler`, or what one says. Raises `UserError`."""
    if not isinstance(path, str):
        return said_scaling(path, columns, "--scaler")
    try:
        content = json.loads(read_text(path, most=1 << 20).text)
    except (ValueError, RecursionError):
        raise UserError(f"--scaler {quoted(path)} is not JSON: write "
                        '{"mean": […], "std": […]} or {"min": […], "max": […]}') from None  # fmt: skip
    return scaling.from_content(content, columns, lambda what: UserError(f"--scaler {quoted(path)} {what}"))


def said_scaling(content: Mapping[str, object], columns: Sequence[str], name: str) -> scaling.Scaling:
    """The scale that a scaler's file says. Names of columns that are not ours are left out: their order counts then.

    Raises `UserError`.
    """
    named = content.get("columns")
    ours = isinstance(named, list) and set(columns) <= {name for name in named if isinstance(name, str)}
    known = {key: value for key, value in content.items() if key != "columns" or ours}
    return scaling.from_content(known, columns, lambda what: UserError(f"{name} {what}"))


def remembered_rows(form: RowFormat, text: str, name: str) -> Rows:
    """The rows that a model's file remembers, or a model that ships comes with. Raises `UserError`."""
    time = next((column for column in text.partition("\n")[0].split(",") if column in ("time", "t", "row_time")), None)
    time = None if time in form.columns else time
    return Rows(form, read_csv(text, name, form.columns, time, None))
