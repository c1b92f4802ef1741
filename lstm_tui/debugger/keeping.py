"""What of a debugger outlives the program: how to open it again, where it stood, and weights that nobody saved."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING

from lstm_tui.debugger.bundled import bundled_path
from lstm_tui.debugger.stops import Stop, Stops
from lstm_tui.errors import UserError
from lstm_tui.model_file import parse
from lstm_tui.options import ModelOptions
from lstm_tui.session import Session, stamp
from lstm_tui.step import About, Step, Switched
from lstm_tui.user_cell import is_user_cell
from lstm_tui.vocabulary import visible

if TYPE_CHECKING:
    from lstm_tui.debugger.opening import Prepared
    from lstm_tui.engine.reading import Reading


class Keeping:
    """A debugger builds on it; what is not its own is declared here."""

    _reading: Reading
    _about: About
    _options: ModelOptions
    stops: Stops

    if TYPE_CHECKING:

        def to(self, position: int) -> Step: ...
        def zero(self) -> Step: ...
        def switch_cell(self, name: str | None = None) -> Switched: ...
        @property
        def position(self) -> int: ...

    @property
    def weights_now(self) -> object:
        """Something that is another one as soon as the weights are."""
        return self._reading.model

    def weights(self) -> Callable[[], bytes] | None:
        """Makes a file of weights that exist nowhere else, in any thread; None where a file or a seed has them."""
        if not self._about.unsaved:
            return None
        from lstm_tui.engine.saving import model_bytes

        reading, about, options = self._reading, self._about, self._options
        return lambda: model_bytes(reading, about, options)

    def session(self, prepared: Prepared) -> Session:
        """Where we are, of the model that was opened from `prepared`; the screen adds what it knows."""
        about = self._about
        return Session(
            options=_to_open_again(self._reading, about, prepared),
            name=about.name,
            cell=about.cell,
            position=self.position,
            stops=tuple((stop.text, stop.on) for stop in self.stops.listed),
            sought=self.stops.sought,
            edited=tuple(sorted(self._reading.timeline.edits)),
            path=about.path,
            stamp=stamp(about.path),
        )

    def resume(self, session: Session, prepared: Prepared) -> str:
        """Go where the session was; a sentence about what could not be brought back, empty where all was."""
        missed: list[str] = []
        if session.weights is not None:
            self._about = replace(self._about, name=session.name, path=session.path, unsaved=True)
        elif session.stamp is not None and session.stamp != stamp(self._about.path):
            missed.append(f"{visible(session.name)} has changed since the session was kept")
        if session.cell != self._about.cell:
            try:
                self.switch_cell(session.cell)
            except UserError as error:
                missed.append(str(error))
        for position in session.edited:
            self.to(position)
            self.zero()
        self.to(session.position)
        listed = [Stop(text, on and self.stops.mistake(text) is None) for text, on in session.stops]
        self.stops.set(listed)
        self.stops.sought = session.sought
        return "; ".join(missed)


def reopened(prepared: Prepared, session: Session, weights: bytes | None) -> Prepared:
    """What to open, to go on as in `session` there, for a debugger that was opened from `prepared` and has ended.

    `weights`: a file of those it had; None where it had those that `prepared` gives.
    """
    options = session.options
    text = prepared.text if options.text is None else options.text
    if weights is None:
        known = replace(prepared.options, train=False, stops=())
        return replace(prepared, options=known, text=text, unchecked=True)
    header = parse(weights, session.name)
    return replace(
        prepared, name=session.name, options=options, text=text, vocabulary=header.vocabulary, cell=options.cell,
        hidden_sizes=header.hidden_sizes, header=header, path=session.path, data=weights, foreign=None,
        unchecked=True,
    )  # fmt: skip


def _to_open_again(reading: Reading, about: About, prepared: Prepared) -> ModelOptions:
    """Options that open the same model on the same text. For weights nobody saved `session.write` names the file."""
    options = _absolute(replace(prepared.options, train=False, stops=(), unknown=reading.unknown))
    elsewhere = about.unsaved or about.path not in (None, prepared.path)  # trained, and then saved or not
    if reading.text != prepared.text or (elsewhere and options.file is None):
        options = replace(options, text=reading.text, file=None)
    if elsewhere:
        own = options.cell if options.cell is not None and is_user_cell(options.cell) else None
        return replace(
            options, model=about.path and os.path.abspath(about.path), fresh=False, hidden=None, layers=None, seed=None,
            forget_bias=None, vocab=None, vocab_from=None, cell=own,
        )  # fmt: skip
    if options.fresh or prepared.path is None:  # drawn from the seed for a vocabulary, which another text would change
        return replace(options, vocab=reading.vocabulary.symbols, vocab_from=None)
    return options


def _absolute(options: ModelOptions) -> ModelOptions:
    """The same files from every folder."""

    def whole(path: str | None) -> str | None:
        return None if path is None else os.path.abspath(path)

    cell, model, vocab = options.cell, options.model, options.vocab
    if cell is not None and is_user_cell(cell):
        file, _, name = cell.rpartition(":")
        cell = f"{os.path.abspath(file)}:{name}"
    if model is not None and bundled_path(model) is None:
        model = os.path.abspath(model)
    if isinstance(vocab, str) and os.path.exists(vocab):
        vocab = os.path.abspath(vocab)
    return replace(
        options, cell=cell, model=model, vocab=vocab, file=whole(options.file), vocab_from=whole(options.vocab_from)
    )
