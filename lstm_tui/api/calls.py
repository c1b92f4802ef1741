"""From Python: `debug` opens the debugger on a model in a script or a REPL, `trace` gives its steps as a sequence.

Both take a live `nn.Module`, a path, the name of a bundled model, or what `load` returned, and work on a copy: a module
keeps its mode, its device, its gradients, and torch its random stream and its threads.
"""

from __future__ import annotations

import os
import signal
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Union

from lstm_tui.api.traced import Trace, worded_for_python
from lstm_tui.core.errors import UserError
from lstm_tui.core.options import THEMES, ModelOptions
from lstm_tui.core.screen_options import ScreenOptions
from lstm_tui.debugger.prepare import prepare
from lstm_tui.debugger.prepare_foreign import prepare_module, prepared_for, settings_kept
from lstm_tui.debugger.prepared import Prepared

if TYPE_CHECKING:
    from torch import nn

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


def load(path: Path, *, vocab: Vocab = None, vocab_from: Path | None = None, encoding: str = "utf-8") -> Loaded:
    """The model in a file, ours or someone else's; nothing in it is run. Raises `UserError` in one sentence."""
    with worded_for_python():
        return Loaded(prepare(_options(vocab, vocab_from, encoding, model=os.fspath(path))))


def trace(
    model: Model,
    text: str | None = None,
    *,
    vocab: Vocab = None,
    vocab_from: Path | None = None,
    encoding: str = "utf-8",
    unknown: str | None = None,
    cell: str | None = None,
    names: str | None = None,
) -> Trace:
    """The steps of `model` along `text` (None: the text its file remembers).

    `vocab` names the symbols in index order, `vocab_from` a text file whose sorted characters they are (in `encoding`),
    `unknown` the symbol that stands for all others, `cell` the implementation, which may be your own
    (`my_cell.py:MyCell`, its variables named by `names`, as in `f=fgate,g=cand`). Raises `UserError` in one sentence.
    """
    with worded_for_python():
        prepared = _prepared(
            model, _options(vocab, vocab_from, encoding, text=text, unknown=unknown, cell=cell, names=names)
        )
        with settings_kept():
            return Trace(prepared.open())


def debug(
    model: Model,
    text: str | None = None,
    *,
    vocab: Vocab = None,
    vocab_from: Path | None = None,
    encoding: str = "utf-8",
    unknown: str | None = None,
    cell: str | None = None,
    names: str | None = None,
    stops: str | Sequence[str] = (),
    step: int = 0,
    theme: str = "dark",
) -> None:
    """Open the debugger on `model` reading `text`, and come back when it is left. See `trace` for the rest.

    `stops` are conditions such as `f[3] < 0.1`, `step` is where it stands at first (0: before any character), `theme`
    is dark, light, contrast or projector. In a notebook, which is no terminal, the page of its steps is shown instead.

    Raises `UserError` in one sentence, and `SystemExit` where a signal or a lost connection ended it: what came after
    was told to end as well.
    """
    from lstm_tui.pages.notebook import NO_TERMINAL, display, in_kernel

    conditions = (stops,) if isinstance(stops, str) else tuple(stops)
    with worded_for_python():
        options = _options(
            vocab, vocab_from, encoding, text=text, unknown=unknown, cell=cell, names=names, stops=conditions
        )
        prepared = _at_step(_prepared(model, options), step)
        screen = ScreenOptions(theme=_checked_theme(theme))
        if in_kernel():
            print(NO_TERMINAL)
            with settings_kept():
                return display(Trace(prepared.open()))
        code = _shown(prepared, screen)
    if code == 128 + signal.SIGINT:
        raise KeyboardInterrupt
    if code > 128:
        raise SystemExit(code)


def _shown(prepared: Prepared, screen: ScreenOptions) -> int:
    """The program's exit code, as soon as it is left."""
    from lstm_tui.terminal_driver.tty import check_terminal, set_colors

    check_terminal()
    set_colors("auto")
    from lstm_tui.terminal_driver.driver import ThriftyDriver
    from lstm_tui.tui.app import run

    with settings_kept():
        return run(prepared, screen, ThriftyDriver)


def _at_step(prepared: Prepared, step: int) -> Prepared:
    length = len(prepared.vocabulary.split(prepared.text))
    if not 0 <= step <= length:
        raise UserError(f"step={step} does not exist: the text has {length} steps, and step 0 is before them")
    return replace(prepared, position=step)


def _checked_theme(theme: str) -> str:
    if theme not in THEMES:
        raise UserError(f"theme={theme!r} is not known: choose one of {', '.join(THEMES)}")
    return theme


def _options(vocab: Vocab, vocab_from: Path | None, encoding: str, **given: Any) -> ModelOptions:
    named = os.fspath(vocab) if isinstance(vocab, str | os.PathLike) else None if vocab is None else tuple(vocab)
    source = None if vocab_from is None else os.fspath(vocab_from)
    return ModelOptions(vocab=named, vocab_from=source, encoding=encoding, **given)


def _prepared(model: Model, options: ModelOptions) -> Prepared:
    if isinstance(model, Loaded):
        known = model.prepared
        given = replace(options, model=known.options.model)
        if known.foreign is not None and options.vocab is None and options.vocab_from is None:
            return prepared_for(known.name, known.foreign, given, known.path)
        return prepare(replace(given, vocab=options.vocab or known.options.vocab, vocab_from=options.vocab_from))
    if isinstance(model, str | os.PathLike):
        return prepare(replace(options, model=os.fspath(model)))
    if not hasattr(model, "state_dict"):
        raise UserError(f"a model is a torch module, a path, or what load() returns, not a {type(model).__name__}")
    return prepare_module(model, options)
