"""A checked request, and the text it is about: what is known of a model before torch is imported."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from lstm_tui.checkpoints.own.model_file import ModelHeader
from lstm_tui.core.errors import UserError
from lstm_tui.core.filesystem.files import read_text
from lstm_tui.core.options import ModelOptions
from lstm_tui.core.starting import native_code
from lstm_tui.core.text import Text
from lstm_tui.core.vocabulary import Vocabulary

if TYPE_CHECKING:
    from lstm_tui.checkpoints.foreign import PlainModel
    from lstm_tui.checkpoints.named import NamedWeights
    from lstm_tui.core.classes import Classes
    from lstm_tui.core.number_rows.row_sequence import RowFormat, Rows
    from lstm_tui.core.step import About
    from lstm_tui.debugger.debugger import Debugger
    from lstm_tui.engine.loading.foreign_model import ForeignModel
    from lstm_tui.engine.rollout import Rollout


@dataclass(frozen=True, eq=False)
class Prepared:
    """A checked request: what is known of the model before torch is imported. `open()` does the rest."""

    name: str
    options: ModelOptions
    text: str
    vocabulary: Vocabulary
    cell: str | None
    """The implementation asked for, or the file's own; None where the default will be taken."""
    hidden_sizes: tuple[int, ...]
    header: ModelHeader | None
    """None for a model made from a seed."""
    path: str | None
    """The model file; None for a model made from a seed."""
    data: bytes | None = field(repr=False, default=None)
    notes: tuple[str, ...] = ()
    foreign: PlainModel | ForeignModel | None = field(repr=False, default=None)
    """A foreign checkpoint, or a live module; None for a model of ours."""
    named: NamedWeights | None = field(repr=False, default=None)
    """A checkpoint whose tensors only a class of the user's own explains, if it does."""
    text_is_placeholder: bool = False
    """Whether no text was given: a foreign model reads its own symbols then."""
    rows: Rows | None = field(repr=False, default=None)
    """What a model of numbers reads; None for one of symbols, whose `text` and `vocabulary` are read."""
    classes: Classes | None = field(repr=False, default=None)
    """What a classifier says; None for a model that says what comes next."""
    position: int = 0
    """Where the cursor is at first."""
    beside: Prepared | None = field(repr=False, default=None)
    """Another model to be opened beside it, on the same text."""
    unchecked: bool = False
    """Whether a user's cell is opened without stepping it over the text: it does not survive that."""

    @property
    def symbols(self) -> Sequence[str]:
        """The name of every step's input."""
        return self.vocabulary.split(self.text) if self.rows is None else self.rows.symbols

    @property
    def names(self) -> Sequence[str] | RowFormat:
        """What a condition may say of its inputs and outputs."""
        return self.vocabulary.symbols if self.rows is None else self.rows.form

    def open(self) -> Debugger:
        """Build the network and put the cursor in place. Imports torch; raises `UserError` for unusable weights."""
        reading, about = self.read()
        from lstm_tui.debugger.debugger import Debugger
        from lstm_tui.engine.explain.not_finite import first_not_finite, suspicious

        notes, options = self.notes + about.notes, self.options
        if not self.unchecked and suspicious(reading, notes) and (odd := first_not_finite(reading)) is not None:
            others = [note for note in notes if "not a finite number" not in note]  # said better now
            notes = (f"{odd.sentence}; c goes there", *others)
            options = replace(options, stops=(*options.stops, odd.condition))
        debugger = Debugger(reading, replace(about, notes=notes), options)
        debugger.apply(self.options.clamps)
        debugger.to(self.position)
        return debugger

    def read(self) -> tuple[Rollout, About]:
        """The network reading its text, and the facts and notes to show. Raises `UserError` for unusable weights."""
        native_code.wait()
        from lstm_tui.engine.loading.open import open_model

        if self.named is not None:
            return self._read_named(self.named)
        sequence = self.rows or Text(self.vocabulary, self.text, self.options.unknown, self.classes)
        if self.foreign is not None:
            from lstm_tui.engine.loading.open_foreign import open_foreign

            return open_foreign(
                self.name, sequence, self.options, self.foreign, self.path, self.text_is_placeholder,
                unchecked=self.unchecked,
            )  # fmt: skip
        return open_model(
            self.name, sequence, self.hidden_sizes, self.options, self.header, self.data, self.path,
            unchecked=self.unchecked,
        )  # fmt: skip

    def _read_named(self, named: NamedWeights) -> tuple[Rollout, About]:
        """By the class's own state dict; where that does not fit, as a model whose weights it can take over."""
        from lstm_tui.engine.loading.own_class import Misfit, open_named

        try:
            return open_named(
                self.name, self.text, self.vocabulary, self.options, named, self.path, self.text_is_placeholder,
                unchecked=self.unchecked,
            )  # fmt: skip
        except Misfit as error:
            if self.foreign is None:
                raise
            try:
                return replace(self, named=None).read()
            except UserError:
                raise error from None


def scaler_read(options: ModelOptions) -> ModelOptions:
    """`options` with what a pickled `--scaler` says in the place of its path. Raises `UserError`."""
    if not isinstance(options.scaler, str):
        return options
    from lstm_tui.checkpoints.beside import PICKLED, read_scaler

    pickled = options.scaler.lower().endswith(PICKLED)
    return replace(options, scaler=read_scaler(options.scaler)) if pickled else options


def given_text(options: ModelOptions) -> tuple[str | None, tuple[str, ...]]:
    """The text asked for, None where none was, and what the reader must know of it."""
    note: str | None = None
    if options.text is not None:
        text = options.text
        if any("\ud800" <= ch <= "\udfff" for ch in text):
            raise UserError(
                "--text contains bytes that are not UTF-8: give the text as a file with --file and --encoding"
            )
    elif options.file is not None:
        text, note = read_text(options.file, options.encoding)
    else:
        return None, ()
    if not text:
        raise UserError("--text is empty: a text needs at least one character")
    return text, (note,) if note else ()
