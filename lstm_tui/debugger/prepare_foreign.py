"""Checkpoints and modules that are not ours, prepared: what they are, and which text they read with which symbols."""

from __future__ import annotations

import contextlib
from dataclasses import replace
from typing import TYPE_CHECKING

from lstm_tui.checkpoints.own.model_file import short_name
from lstm_tui.core.classes import asked_classes
from lstm_tui.core.errors import UserError
from lstm_tui.core.kinds import IMPLEMENTATIONS, KINDS
from lstm_tui.core.number_rows.contradictions import check_row_options
from lstm_tui.core.options import ModelOptions
from lstm_tui.core.text import Text, first_symbols
from lstm_tui.core.user_cell import is_user_cell
from lstm_tui.core.vocabulary import UnknownCharacters, Vocabulary, of_words, visible
from lstm_tui.debugger.prepared import Prepared, given_text, scaler_read

if TYPE_CHECKING:
    from contextlib import AbstractContextManager

    from torch import nn

    from lstm_tui.checkpoints.foreign import ModelFacts, PlainModel
    from lstm_tui.engine.loading.foreign_model import ForeignModel

_SHOWN = 64
"""Symbols read where no text was given."""


def prepare_foreign(options: ModelOptions, path: str) -> Prepared:
    """The checkpoint at `path`, read by a child process without torch. Raises `UserError` in one sentence."""
    from lstm_tui.checkpoints.foreign import read_plain

    if not options.fresh and is_user_cell(options.cell):
        return _prepare_named(options, path)
    found = read_plain(
        path, vocab=options.vocab, vocab_from=options.vocab_from, encoding=options.encoding, gates=options.gates,
        head=options.head, cell=options.cell, rows=options.rows is not None, classes=options.classes is not None,
        part=options.part, reset=options.reset,
    )  # fmt: skip
    return prepared_for(short_name(path), found, options, path)


def _prepare_named(options: ModelOptions, path: str) -> Prepared:
    """The same for a class of the user's own: what its tensors mean, the class will say."""
    from lstm_tui.checkpoints.foreign import read_plain
    from lstm_tui.checkpoints.named import read_named

    text, notes = given_text(options)
    known: Prepared | None = None
    with contextlib.suppress(UserError):  # it may be no model that can be told without the class
        found = read_plain(
            path, vocab=options.vocab, vocab_from=options.vocab_from, encoding=options.encoding, gates=options.gates
        )
        known = prepared_for(short_name(path), found, options, path)
    try:
        named = read_named(path, options.vocab, options.vocab_from, options.encoding, text)
    except UserError:
        if known is not None:
            return known
        raise
    if known is not None:
        return replace(known, named=named)
    vocabulary = Vocabulary(named.vocabulary)
    placeholder = text is None
    if text is None:
        text = first_symbols(vocabulary, _SHOWN)
        notes += ("no text is given (--text): it reads its symbols in order",)
    Text(vocabulary, text, options.unknown)  # raises where they do not fit
    return Prepared(
        short_name(path), options, text, vocabulary, options.cell, (1,), None, path, None, notes, named=named,
        text_is_placeholder=placeholder,
    )  # fmt: skip


def prepare_module(module: nn.Module, options: ModelOptions) -> Prepared:
    """A live module, recognised by the same rules; its weights are copied. Raises `UserError` in one sentence."""
    from lstm_tui.engine.loading.from_module import from_module

    found = from_module(
        module, options.vocab, options.vocab_from, head=options.head, rows=options.rows is not None,
        classes=options.classes is not None, part=options.part or "",
    )  # fmt: skip
    return prepared_for(type(module).__name__, found, options)


def reading_walls() -> dict[str, bool]:
    """What the process that reads foreign files is kept from here, tried in one. Raises `UserError`."""
    from lstm_tui.checkpoints.reading_child import walls

    return walls()


def settings_kept() -> AbstractContextManager[None]:
    """While it lasts, what is opened may set torch's number of threads; afterwards it is what it was. Imports torch."""
    from lstm_tui.engine.process_settings import settings_kept

    return settings_kept()


def _check_readable(found: ModelFacts, vocabulary: Vocabulary, text: str, unknown: str | None) -> None:
    """Raises `UserError` where the text has characters that the model lacks, or its padding."""
    try:
        read = Text(vocabulary, text, unknown).codes
    except UnknownCharacters as error:
        if found.vocabulary is not None:
            raise
        raise UserError(_nameless(error, found)) from None
    if found.masked and 0 in read:
        padding = visible(vocabulary.symbols[0])
        raise UserError(
            f"the text holds '{padding}' (character {list(read).index(0) + 1:,}), the padding that this model skips "
            "(mask_zero), and every character is a step here: leave it out of the text"
        )


def prepared_for(
    name: str, found: PlainModel | ForeignModel, options: ModelOptions, path: str | None = None
) -> Prepared:
    """Text and symbols for a foreign model. Raises `UserError` where they do not go together."""
    from lstm_tui.checkpoints.vocabulary_choice import placeholders

    check_row_options(options)
    if found.unsteppable:
        raise UserError(f"'{visible(name)}' {found.unsteppable}")
    cell = _cell(options, found, name if path is None else path)
    classes = asked_classes(options, found.classes, found.each, name)
    if found.numbers:
        from lstm_tui.core.number_rows.model_rows import rows_of_stranger

        scaler = getattr(found, "scaler", None)
        beside = None if scaler is None else (scaler.words, scaler.content)
        rows, notes = rows_of_stranger(scaler_read(options), found.symbols, found.outputs, name, classes, beside)
        return Prepared(
            name, options, "", rows.vocabulary, cell, _shaped(options, found), None, path, None, notes, foreign=found,
            text_is_placeholder=options.rows is None, rows=rows, classes=classes,
        )  # fmt: skip
    _ask_what_enters(options, found, name)
    words = options.words or (found.vocabulary is not None and of_words(found.vocabulary))
    vocabulary = Vocabulary(found.vocabulary or placeholders(found.symbols), words)
    text, notes = given_text(options)
    text_is_placeholder = text is None
    if text is None:
        text = first_symbols(vocabulary, _SHOWN, 1 if found.masked else 0)
        notes += (_no_text(vocabulary),)
    _check_readable(found, vocabulary, text, options.unknown)
    return Prepared(
        name, options, text, vocabulary, cell, _shaped(options, found), None, path, None, notes, foreign=found,
        text_is_placeholder=text_is_placeholder, classes=classes,
    )  # fmt: skip


def _cell(options: ModelOptions, found: ModelFacts, name: str) -> str:
    """The cell it is stepped with. Raises `UserError` where the one asked for computes something else."""
    if options.cell is None:
        return KINDS[found.kind].native
    asked = IMPLEMENTATIONS.get(options.cell)
    if not options.fresh and asked is not None and asked.kind.name != found.kind:
        holds = KINDS[found.kind].words
        raise UserError(
            f"'{visible(name)}' holds {holds}, which --cell {visible(options.cell)} does not compute: leave --cell out"
        )
    return options.cell


def _ask_what_enters(options: ModelOptions, found: ModelFacts, name: str) -> None:
    """Raises `UserError` where nothing says whether characters or numbers enter."""
    given = options.text is not None or options.file is not None or options.random is not None or options.fresh
    if not found.sha256 or found.embedded or found.vocabulary is not None or given:
        return  # a live module is asked by its owner
    reads = found.symbols
    raise UserError(
        f"'{visible(name)}' reads {reads:,} numbers a step, as many as it says: rows of numbers (give some with --rows "
        f"FILE.csv), or {reads:,} characters, one-hot (name them with --vocab or --vocab-from)?"
    )


def _shaped(options: ModelOptions, found: ModelFacts) -> tuple[int, ...]:
    sizes = found.hidden_sizes
    if options.hidden is None and options.layers is None:
        return sizes
    return (options.hidden or sizes[0],) * (options.layers or len(sizes))


def _no_text(vocabulary: Vocabulary) -> str:
    count = len(vocabulary)
    what = f"{count} symbols" if count <= _SHOWN else f"first {_SHOWN} symbols"
    return f"no text is given (--text): it reads its {what}"


def _nameless(error: UnknownCharacters, found: ModelFacts) -> str:
    listed = [f"'{visible(symbol)}'" for symbol in error.counts]
    more = f" and {len(listed) - 5} more" if len(listed) > 5 else ""
    how = found.vocabulary_source.removeprefix("none: ").partition("; ")[2]
    return (
        f"it is not known which of the model's {found.symbols:,} symbols is {', '.join(listed[:5])}{more}: {how}; "
        "#0#1#2 as the text reads them by number"
    )
