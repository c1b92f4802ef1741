"""From the user's options to a debugger: everything that can be checked before torch is loaded is checked first."""

from __future__ import annotations

from dataclasses import replace
from random import Random
from typing import TYPE_CHECKING

from lstm_tui.checkpoints.own.model_file import ModelHeader, read_ours, short_name
from lstm_tui.core.errors import UserError
from lstm_tui.core.filesystem.bundled import bundled_path, bundled_text
from lstm_tui.core.kinds import IMPLEMENTATIONS
from lstm_tui.core.options import DEVICES, ModelOptions
from lstm_tui.core.text import Text
from lstm_tui.core.user_cell import check_user_cell, is_user_cell, parse_names, parse_plain
from lstm_tui.core.vocabulary import Vocabulary, visible
from lstm_tui.debugger.prepared import Prepared, given_text, scaler_read

if TYPE_CHECKING:
    from lstm_tui.core.number_rows.row_sequence import Rows

DEFAULT_CELL, HIDDEN, LAYERS, TEXT = "by-hand", 8, 1, "hello"
"""The defaults of a fresh model."""
_LARGEST_BIAS = 3.4e38  # what a float32 can hold


def prepare(options: ModelOptions) -> Prepared:
    """Check `options` without torch: the model file, the text, the vocabulary, and that they go together.

    Raises `UserError` in one sentence for anything that cannot be used.
    """
    _check_numbers(options)
    if any(
        value is not None
        for value in (options.rows, options.columns, options.target, options.time, options.missing, options.scale)
    ):
        from lstm_tui.core.number_rows.contradictions import (
            check_row_options,
        )  # the first frame is painted sooner without it

        check_row_options(options)
    _check_cell(options)
    prepared = _prepare_fresh(options) if _wants_fresh(options) else _prepare_file(options)
    if options.random is not None:
        if prepared.rows is not None:
            raise UserError("--random draws symbols, and this model reads rows of numbers: give them with --rows")
        text = _random_text(prepared.vocabulary, options.random, options.seed or 0)
        prepared = replace(prepared, text=text, text_is_placeholder=False)
    if prepared.classes is None and (options.classes is not None or options.label is not None):
        from lstm_tui.core.classes import no_classes  # the first frame is painted sooner without it

        no_classes(options, prepared.name)
    _check_stops(prepared)
    _check_clamps(prepared)
    return prepared


def _random_text(vocabulary: Vocabulary, count: int, seed: int) -> str:
    """`count` symbols, each as likely as any other; the same seed gives the same text everywhere."""
    return vocabulary.joined(Random(seed).choices(vocabulary.symbols, k=count))


def _wants_fresh(options: ModelOptions) -> bool:
    if options.model is not None:
        return False
    shaped = (
        options.hidden, options.layers, options.seed, options.forget_bias, options.text, options.file, options.rows,
    )  # fmt: skip
    return options.fresh or is_user_cell(options.cell) or any(value is not None for value in shaped)


def _prepare_fresh(options: ModelOptions) -> Prepared:
    sizes = (options.hidden or HIDDEN,) * (options.layers or LAYERS)
    if options.rows is not None:
        from lstm_tui.core.number_rows.asked_rows import asked_table, fresh_rows

        table = asked_table(options, None)
        rows = fresh_rows(scaler_read(options), table)
        return _of_rows("fresh", options, rows, options.cell, sizes, notes=table.notes)
    text, notes = given_text(options)
    if text is None:
        text = TEXT
    vocabulary = _given_vocabulary(options) or Vocabulary.of(text, options.words)
    if options.random is None:
        Text(vocabulary, text, options.unknown)  # raises where they do not fit
    return Prepared("fresh", options, text, vocabulary, options.cell, sizes, None, None, notes=notes)


def _prepare_file(options: ModelOptions) -> Prepared:
    asked = options.model or "hello"
    shipped = bundled_path(asked)
    path = shipped or asked
    if not options.fresh:
        _refuse_shape(options)
    ours = read_ours(path)
    if ours is None:
        from lstm_tui.debugger.prepare_foreign import prepare_foreign

        return prepare_foreign(options, path)
    data, header = ours
    _check_class(header, options, path)
    sizes = header.hidden_sizes
    if options.hidden is not None or options.layers is not None:
        sizes = (options.hidden or sizes[0],) * (options.layers or len(sizes))
    name = asked if shipped else short_name(path)
    if header.rows is not None or options.rows is not None:
        from lstm_tui.core.number_rows.model_rows import rows_of_file  # the first frame is painted sooner without it

        rows, notes = rows_of_file(scaler_read(options), header.rows, bundled_text(asked) or header.text, path)
        cell = options.cell or header.cell
        return _of_rows(name, options, rows, cell, sizes, header=header, path=path, data=data, notes=notes)
    given, notes = given_text(options)
    text = given if given is not None else bundled_text(asked) or header.text
    if not text and options.random is None:
        raise UserError(f"'{visible(path)}' contains no text: give one with --text or --file")
    vocabulary = _given_vocabulary(options) or header.vocabulary
    if options.words and not vocabulary.words:
        vocabulary = Vocabulary(vocabulary.symbols, words=True)
    if len(vocabulary) != len(header.vocabulary):
        raise UserError(
            f"the vocabulary given has {len(vocabulary)} symbols, but the model has "
            f"{len(header.vocabulary)}: they must match in number and order"
        )
    if options.random is None:
        Text(vocabulary, text, options.unknown)  # raises where they do not fit
    return Prepared(name, options, text, vocabulary, options.cell or header.cell, sizes, header, path, data, notes)


def _of_rows(
    name: str,
    options: ModelOptions,
    rows: Rows,
    cell: str | None,
    sizes: tuple[int, ...],
    *,
    header: ModelHeader | None = None,
    path: str | None = None,
    data: bytes | None = None,
    notes: tuple[str, ...] = (),
) -> Prepared:
    return Prepared(name, options, "", rows.vocabulary, cell, sizes, header, path, data, notes, rows=rows)


def _check_cell(options: ModelOptions) -> None:
    """A user's own cell, as far as its file can be read without being run."""
    names = parse_names(options.names)
    parse_plain(options.args)
    if options.cell is not None and is_user_cell(options.cell):
        check_user_cell(options.cell)
    elif names or options.args:
        option = "--names" if names else "--args"
        raise UserError(f"{option} is for your own class: add --cell path/to/file.py:Class")


def _check_class(header: ModelHeader, options: ModelOptions, path: str) -> None:
    """Only the user says where code is. Weights laid out as an LSTM's can also be given to a cell of ours."""
    own = header.user_class
    if own is None or is_user_cell(options.cell) or (header.own_class is None and options.cell is not None):
        return
    raise UserError(f"'{visible(path)}' holds weights of your class {own}: add --cell path/to/file.py:{own}")


def _check_stops(prepared: Prepared) -> None:
    """Conditions about our own cells, whose quantities are known; others are checked once the model is open."""
    cell = IMPLEMENTATIONS.get(prepared.cell or DEFAULT_CELL)
    if not prepared.options.stops or prepared.foreign is not None or cell is None:
        return
    from lstm_tui import conditions  # the first frame is painted sooner without it

    names = conditions.NameSpace.of(
        cell.kind.quantities, prepared.hidden_sizes, prepared.names, prepared.vocabulary.words
    )
    for text in prepared.options.stops:
        conditions.parse(text, names)


def _check_clamps(prepared: Prepared) -> None:
    """As `_check_stops`."""
    if not prepared.options.clamps:
        return
    from lstm_tui.core.clamps import fitted, read_clamp  # the first frame is painted sooner without it

    clamps = [read_clamp(text) for text in prepared.options.clamps]
    cell = IMPLEMENTATIONS.get(prepared.cell or DEFAULT_CELL)
    if prepared.foreign is None and cell is not None:
        fitted(clamps, cell.kind.quantities, prepared.hidden_sizes, len(prepared.symbols))


def _refuse_shape(options: ModelOptions) -> None:
    named = {
        "--hidden": options.hidden,
        "--layers": options.layers,
        "--seed": options.seed if options.random is None else None,  # there it draws the text
        "--forget-bias": options.forget_bias,
    }
    for option, value in named.items():
        if value is not None and options.model is not None:
            raise UserError(
                f"{option} is for a fresh model, but '{visible(options.model)}' has its own weights: "
                f"add --fresh for untrained weights, or leave {option} out"
            )


def _given_vocabulary(options: ModelOptions) -> Vocabulary | None:
    if options.vocab is None and options.vocab_from is None:
        return None
    from lstm_tui.checkpoints.vocabulary_choice import any_number  # the first frame is painted sooner without it

    return any_number(options.vocab, options.vocab_from, options.encoding, options.words)


def _check_numbers(options: ModelOptions) -> None:
    """The command line checks these too; a caller from Python gets the same sentences."""
    for name, value in (
        ("hidden", options.hidden),
        ("layers", options.layers),
        ("epochs", options.epochs),
        ("random", options.random),
        ("window", options.window),
    ):
        if value is not None and value < 1:
            raise UserError(f"--{name} cannot be less than 1 (got {value})")
    if options.seed is not None and not 0 <= options.seed < 2**63:
        raise UserError(f"--seed cannot be {options.seed}: give a whole number from 0 to 2^63 - 1")
    if options.forget_bias is not None and not abs(options.forget_bias) <= _LARGEST_BIAS:
        raise UserError(f"--forget-bias cannot be {options.forget_bias:g}: give a number such as 1 or 2")
    if options.device not in DEVICES:
        raise UserError(f"--device {visible(options.device)} is unknown: choose one of {', '.join(DEVICES)}")
    texts = {"--text": options.text, "--file": options.file, "--random": options.random}
    given = [name for name, value in texts.items() if value is not None]
    if len(given) > 1:
        raise UserError(f"{given[0]} and {given[1]} both give a text: use one of them")
