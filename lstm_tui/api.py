"""From Python: `debug` opens the debugger on a model in a script or a REPL, `trace` gives its steps as a sequence.

Both take a live `nn.Module`, a path, the name of a bundled model, or what `load` returned, and work on a copy: a module
keeps its mode, its device, its gradients, and torch its random stream and its threads.
"""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Union, overload

from lstm_tui.core.errors import UserError
from lstm_tui.core.options import ModelOptions
from lstm_tui.core.step import About, Step, Vector
from lstm_tui.debugger.prepare import prepare
from lstm_tui.debugger.prepare_foreign import prepare_module, prepared_for, settings_kept
from lstm_tui.debugger.prepared import Prepared

if TYPE_CHECKING:
    from torch import nn

    from lstm_tui.debugger.debugger import Debugger

Path = Union[str, "os.PathLike[str]"]
Vocab = Path | Sequence[str] | None
"""A preset's name (`printable`), the path of a JSON list, or the symbols in index order."""
Model = Union["nn.Module", "Loaded", Path]


@dataclass(frozen=True, eq=False)
class Loaded:
    """A model file that was read, to be traced or debugged as often as one likes."""

    prepared: Prepared

    @property
    def name(self) -> str:
        """The file's name without folders and ending."""
        return self.prepared.name

    @property
    def vocabulary(self) -> tuple[str, ...]:
        """The symbols in index order; `#0`, `#1` … where the file does not say and none were given."""
        return self.prepared.vocabulary.symbols

    @property
    def hidden_sizes(self) -> tuple[int, ...]:
        """Units a layer."""
        return self.prepared.hidden_sizes

    def __repr__(self) -> str:
        sizes = "/".join(map(str, self.hidden_sizes))
        return f"<{self.name}: {self.prepared.cell}, {sizes} units, {len(self.vocabulary)} symbols>"


class Trace(Sequence[Step]):
    """The steps of a model along a text: `trace[t]` read the character number t, from 0.

    Numbers are plain floats (`trace[1].layers[0].values["f"][3]`). Steps are computed when they are asked for, so
    memory does not grow with the text.
    """

    def __init__(self, debugger: Debugger) -> None:
        self._debugger = debugger

    @property
    def about(self) -> About:
        """Which model, and its notes: sentences the reader must know."""
        return self._debugger.about

    @property
    def text(self) -> str:
        """The text read."""
        return self._debugger.text

    @property
    def names(self) -> tuple[str, ...]:
        """The quantities, in order: f, i, c_tilde, o, c, h, or r, z, n, h."""
        return tuple(quantity.name for quantity in self._debugger.quantities)

    def __len__(self) -> int:
        return self._debugger.length

    @overload
    def __getitem__(self, index: int) -> Step: ...

    @overload
    def __getitem__(self, index: slice) -> tuple[Step, ...]: ...

    def __getitem__(self, index: int | slice) -> Step | tuple[Step, ...]:
        if isinstance(index, slice):
            return tuple(self._at(t) for t in range(*index.indices(len(self))))
        t = index + len(self) if index < 0 else index
        if not 0 <= t < len(self):
            raise IndexError(f"there is no t = {index}: the text has {len(self)} steps, from t = 0 to {len(self) - 1}")
        return self._at(t)

    def __iter__(self) -> Iterator[Step]:
        return self._debugger.steps(1, len(self) + 1)

    def _at(self, t: int) -> Step:
        return next(iter(self._debugger.steps(t + 1, t + 2)))

    def series(self, quantity: str, unit: int, layer: int = 0) -> Vector:
        """One unit's values over time, one a step."""
        return tuple(step.layers[layer].values[quantity][unit] for step in self)

    def to_jsonl(self, path: Path, force: bool = False) -> None:
        """Write every step as `lstm-tui trace --format jsonl` prints it. Raises `UserError` where the file exists."""
        from lstm_tui import __version__
        from lstm_tui.core.filesystem.files import write_atomically
        from lstm_tui.tracing.formats import jsonl

        steps = self._debugger.steps(1, len(self) + 1, ranked=False)
        lines = jsonl(self.about, len(self), steps, __version__, self._debugger.interventions)
        write_atomically(path, (line.encode() for line in lines), force)

    def to_html(self, path: Path, force: bool = False) -> None:
        """Write a page that steps through all of it in a browser and needs nothing else.

        Raises `UserError` where the file exists, and where the steps are too many for a page.
        """
        from lstm_tui import __version__
        from lstm_tui.core.filesystem.files import write_atomically
        from lstm_tui.pages.page import trace_page

        pieces = trace_page(self._debugger, self._debugger.steps(0, len(self) + 1), __version__)
        write_atomically(path, (piece.encode() for piece in pieces), force)

    def _repr_html_(self) -> str:
        """What a notebook shows: the page of as many steps as it should keep, in a frame of its own."""
        from lstm_tui import __version__
        from lstm_tui.pages.notebook import element

        return element(self._debugger, __version__)

    def __repr__(self) -> str:
        return f"<trace of {self.about.name}: {len(self)} steps of {', '.join(self.names)}>"


def load(path: Path, *, vocab: Vocab = None, vocab_from: Path | None = None) -> Loaded:
    """The model in a file, ours or someone else's; nothing in it is run. Raises `UserError` in one sentence."""
    return Loaded(prepare(_options(vocab, vocab_from, None, None, None, os.fspath(path))))


def trace(
    model: Model,
    text: str | None = None,
    *,
    vocab: Vocab = None,
    vocab_from: Path | None = None,
    unknown: str | None = None,
    cell: str | None = None,
) -> Trace:
    """The steps of `model` along `text` (None: the text its file remembers).

    `vocab` names the symbols in index order, `vocab_from` a text whose sorted characters they are, `unknown` the symbol
    that stands for all others, `cell` the implementation. Raises `UserError` in one sentence.
    """
    prepared = _prepared(model, _options(vocab, vocab_from, text, unknown, cell))
    with settings_kept():
        return Trace(prepared.open())


def debug(
    model: Model,
    text: str | None = None,
    *,
    vocab: Vocab = None,
    vocab_from: Path | None = None,
    unknown: str | None = None,
    cell: str | None = None,
) -> None:
    """Open the debugger on `model` reading `text`, and come back when it is left. See `trace` for the rest.

    In a notebook, which is no terminal, the page of its steps is shown instead.
    Raises `SystemExit` where a signal or a lost connection ended it: what came after was told to end as well.
    """
    from lstm_tui.pages.notebook import NO_TERMINAL, display, in_kernel
    from lstm_tui.terminal_driver.tty import check_terminal, set_colors

    if in_kernel():
        shown = trace(model, text, vocab=vocab, vocab_from=vocab_from, unknown=unknown, cell=cell)
        print(NO_TERMINAL)
        return display(shown)
    prepared = _prepared(model, _options(vocab, vocab_from, text, unknown, cell))
    check_terminal()
    set_colors("auto")
    from lstm_tui.terminal_driver.driver import ThriftyDriver
    from lstm_tui.tui.app import run

    with settings_kept():
        code = run(prepared, None, ThriftyDriver)
    if code == 128 + signal.SIGINT:
        raise KeyboardInterrupt
    if code > 128:
        raise SystemExit(code)


def _options(
    vocab: Vocab,
    vocab_from: Path | None,
    text: str | None,
    unknown: str | None,
    cell: str | None,
    model: str | None = None,
) -> ModelOptions:
    named = os.fspath(vocab) if isinstance(vocab, str | os.PathLike) else None if vocab is None else tuple(vocab)
    return ModelOptions(
        model=model,
        text=text,
        unknown=unknown,
        cell=cell,
        vocab=named,
        vocab_from=None if vocab_from is None else os.fspath(vocab_from),
    )


def _prepared(model: Model, options: ModelOptions) -> Prepared:
    if isinstance(model, Loaded):
        known = model.prepared
        said = replace(options, model=known.options.model)
        if known.foreign is not None and options.vocab is None and options.vocab_from is None:
            return prepared_for(known.name, known.foreign, said, known.path)
        return prepare(replace(said, vocab=options.vocab or known.options.vocab, vocab_from=options.vocab_from))
    if isinstance(model, str | os.PathLike):
        return prepare(replace(options, model=os.fspath(model)))
    if not hasattr(model, "state_dict"):
        raise UserError(f"a model is a torch module, a path, or what load() returns, not a {type(model).__name__}")
    return prepare_module(model, options)
