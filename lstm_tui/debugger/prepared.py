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
    from lstm_tui.core.number_rows.row_sequence import RowFormat, Rows
    from lstm_tui.debugger.debugger import Debugger
    from lstm_tui.engine.loading.foreign_model import ForeignModel


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
    text_is_placeholder: bool = False
    """Whether nobody gave the text: a foreign model reads its own symbols then."""
    rows: Rows | None = field(repr=False, default=None)
    """What a model of numbers reads; None for one of symbols, whose `text` and `vocabulary` are read."""
    position: int = 0
    """Where the cursor is at first."""
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
        debugger = self._opened()
        debugger.to(self.position)
        return debugger

    def _opened(self) -> Debugger:
        native_code.wait()
        from lstm_tui.debugger.debugger import Debugger
        from lstm_tui.engine.loading.open import open_model

        sequence = self.rows or Text(self.vocabulary, self.text, self.options.unknown)
        if self.foreign is not None:
            from lstm_tui.engine.loading.open_foreign import open_foreign

            reading, about = open_foreign(
                self.name, sequence, self.options, self.foreign, self.path, self.text_is_placeholder,
                unchecked=self.unchecked,
            )  # fmt: skip
            return Debugger(reading, replace(about, notes=self.notes + about.notes), self.options)
        reading, about = open_model(
            self.name,
            sequence,
            self.hidden_sizes,
            self.options,
            self.header,
            self.data,
            self.path,
            unchecked=self.unchecked,
        )
        return Debugger(reading, replace(about, notes=self.notes + about.notes), self.options)


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
