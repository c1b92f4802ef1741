"""What of a debugger outlives the program: how to open it again, where it stood, and weights that nobody saved."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING

from lstm_tui.checkpoints.own.model_file import parse
from lstm_tui.core.bundled import bundled_path
from lstm_tui.core.errors import UserError
from lstm_tui.core.options import ModelOptions
from lstm_tui.core.quantities import Quantity
from lstm_tui.core.sessions.session import Session, stamp
from lstm_tui.core.step import About, Step, Switched
from lstm_tui.core.user_cell import class_name, is_user_cell
from lstm_tui.core.vocabulary import visible
from lstm_tui.debugger.history import Debuggee
from lstm_tui.debugger.stops import Stop, StopList

if TYPE_CHECKING:
    from lstm_tui.debugger.door import DebuggeeDoor
    from lstm_tui.debugger.prepared import Prepared
    from lstm_tui.engine.rollout import Rollout


class Keeping:
    """A debugger builds on it; what is not its own is declared here."""

    _reading: Rollout
    _about: About
    _options: ModelOptions
    stops: StopList

    if TYPE_CHECKING:

        def to(self, position: int) -> Step: ...
        def switch_cell(self, name: str | None = None) -> Switched: ...
        @property
        def position(self) -> int: ...
        @property
        def length(self) -> int: ...
        @property
        def quantities(self) -> tuple[Quantity, ...]: ...

    @property
    def weights_now(self) -> object:
        """Something that is another one as soon as the weights are."""
        return self._reading.model

    def weights(self, aim: DebuggeeDoor | None = None) -> Callable[[], bytes] | None:
        """Makes a file of weights that exist nowhere else, in any thread; None where a file or a seed has them.

        With `aim` those of what would be open then.
        """
        then, options = self._aimed(aim), self._options
        reading, about = then.reading, then.about
        if not about.unsaved:
            return None
        from lstm_tui.engine.loading.save import model_bytes

        return lambda: model_bytes(reading, about, options)

    def session(self, prepared: Prepared, aim: DebuggeeDoor | None = None) -> Session:
        """Where we are, of the model that was opened from `prepared`; the screen adds what it knows.

        With `aim` where we would be then.
        """
        then = self._aimed(aim)
        reading, about, limit = then.reading, then.about, then.limit
        cell = prepared.options.cell
        return Session(
            options=_to_open_again(reading, about, prepared),
            name=about.name,
            cell=about.cell,
            own_class=class_name(cell) if cell is not None and is_user_cell(cell) else None,
            position=self.position if limit is None else min(self.position, limit),
            stops=tuple((stop.text, stop.on) for stop in self.stops.listed),
            sought=self.stops.sought,
            edited=tuple(sorted(reading.timeline.edits)),
            path=about.path and os.path.abspath(about.path),
            stamp=stamp(about.path),
        )

    def _aimed(self, aim: DebuggeeDoor | None) -> Debuggee:
        assert aim is None or isinstance(aim, Debuggee), "what is kept was handed out here"
        return aim or Debuggee(self._reading, self._about)

    def resume(self, session: Session, prepared: Prepared) -> tuple[Session, str]:
        """Go where the session was: it as it fits this model, and a sentence about what could not be brought back."""
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
        fitted = self._fitted(session)
        if fitted != session:
            missed.append("the session is of a larger model or text: what is not there was left out")
        if fitted.edited:
            self._reading = self._reading.with_edits(dict.fromkeys(fitted.edited, self._reading.zero_stack()))
        self.to(fitted.position)
        listed = [Stop(text, on and self.stops.mistake(text) is None) for text, on in session.stops]
        self.stops.set(listed)
        self.stops.sought = session.sought
        return fitted, "; ".join(missed)

    def _fitted(self, session: Session) -> Session:
        """What can only be checked once the model is open: a step, a layer, a unit and a panel that are there."""
        sizes, length = self._about.hidden_sizes, self.length
        layer = min(session.layer, len(sizes) - 1)
        return replace(
            session,
            position=min(session.position, length),
            edited=tuple(position for position in session.edited if position <= length),
            layer=layer,
            unit=min(session.unit, sizes[layer] - 1),
            zoomed=session.zoomed if session.zoomed <= len(self.quantities) else 0,
        )


def reopened(prepared: Prepared, session: Session, weights: bytes | None) -> Prepared:
    """What to open, to go on as in `session` there, for a debugger that was opened from `prepared` and has ended.

    `weights`: a file of those it had; None where it had those that `prepared` gives.
    """
    options = session.options
    if session.own_class is not None:  # where its code is, no session says
        options = replace(options, cell=prepared.options.cell)
    text = prepared.text if options.text is None else options.text
    if weights is None:
        return replace(prepared, options=options, text=text, unchecked=True)
    header = parse(weights, session.name)
    return replace(
        prepared, name=session.name, options=options, text=text, vocabulary=header.vocabulary, cell=options.cell,
        hidden_sizes=header.hidden_sizes, header=header, path=session.path, data=weights, foreign=None,
        unchecked=True,
    )  # fmt: skip


def _to_open_again(reading: Rollout, about: About, prepared: Prepared) -> ModelOptions:
    """Options that open the same model on the same text, without what only the command line says: where code is.

    For weights nobody saved whoever keeps the session names the file.
    """
    options = _absolute(replace(prepared.options, train=False, stops=(), unknown=reading.unknown))
    if is_user_cell(options.cell):
        options = replace(options, cell=None)
    elsewhere = about.unsaved or about.path not in (None, prepared.path)  # trained, and then saved or not
    if reading.text != prepared.text or _read_once(options.file) or (elsewhere and options.file is None):
        drawn = options.fresh or options.model is None  # else the seed drew the text
        options = replace(options, text=reading.text, file=None, random=None, seed=options.seed if drawn else None)
    if _read_once(options.vocab_from) or (isinstance(options.vocab, str) and _read_once(options.vocab)):
        options = replace(options, vocab=reading.vocabulary.symbols, vocab_from=None)
    if elsewhere:
        model = None if about.unsaved or about.path is None else os.path.abspath(about.path)
        return replace(
            options, model=model, fresh=False, hidden=None, layers=None, seed=None, forget_bias=None, vocab=None,
            vocab_from=None, cell=None,
        )  # fmt: skip
    if options.fresh or prepared.path is None:  # drawn from the seed for a vocabulary, which another text would change
        return replace(options, vocab=reading.vocabulary.symbols, vocab_from=None)
    return options


def _read_once(path: str | None) -> bool:
    """Whether a path is a pipe, which cannot be read again."""
    return path is not None and os.path.exists(path) and not os.path.isfile(path)


def _absolute(options: ModelOptions) -> ModelOptions:
    """The same files from every folder."""

    def whole(path: str | None) -> str | None:
        return None if path is None else os.path.abspath(path)

    model, vocab = options.model, options.vocab
    if model is not None and bundled_path(model) is None:
        model = os.path.abspath(model)
    if isinstance(vocab, str) and os.path.exists(vocab):
        vocab = os.path.abspath(vocab)
    return replace(options, model=model, vocab=vocab, file=whole(options.file), vocab_from=whole(options.vocab_from))
