"""From Python: `debug` opens the debugger on a model in a script or a REPL, `trace` gives its steps as a sequence.

Both take a live `nn.Module`, a path, the name of a bundled model, or what `load` returned, and work on a copy: a module
keeps its mode, its device, its gradients, and torch its random stream and its threads.
"""

from __future__ import annotations

import os
import signal
from collections.abc import Sequence
from dataclasses import dataclass, fields, replace
from typing import TYPE_CHECKING, Any, TypedDict, Union, Unpack

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
_READ_FOR = ("vocab", "vocab_from", "rows", "classes", "part", "gates", "reset", "head")
"""What a foreign file is read once more for."""
Model = Union["nn.Module", "Loaded", Path]


class Said(TypedDict, total=False):
    """What may be said of a model besides, as the command line's options of these names say it."""

    unknown: str | None
    """The symbol that stands for all that the vocabulary lacks."""
    words: bool
    """Whether the symbols are words."""
    rows: Any
    """Rows of numbers instead of a text: a path, an array (steps, channels), a mapping or data frame of columns."""
    columns: str | Sequence[str] | None
    target: str | Sequence[str] | None
    time: str | None
    scale: str | None
    scaler: Path | None
    missing: str | None
    window: int | None
    classes: str | Sequence[str] | None
    """What the outputs of a classifier are called."""
    label: str | None
    part: str | None
    gates: str | None
    reset: str | None
    head: str | None
    cell: str | None
    """The implementation, which may be your own: `my_cell.py:MyCell`."""
    names: str | None
    """Which of its variables are which quantities, as in `f=fgate,g=cand`."""


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


def load(
    path: Path,
    *,
    vocab: Vocab = None,
    vocab_from: Path | None = None,
    encoding: str = "utf-8",
    **said: Unpack[Said],
) -> Loaded:
    """The model in a file, ours or someone else's; nothing in it is run. See `Said` for the rest.

    Raises `UserError` in one sentence.
    """
    with worded_for_python():
        return Loaded(prepare(_options(vocab, vocab_from, encoding, said, model=os.fspath(path))))


def trace(
    model: Model,
    text: str | None = None,
    *,
    vocab: Vocab = None,
    vocab_from: Path | None = None,
    encoding: str = "utf-8",
    **said: Unpack[Said],
) -> Trace:
    """The steps of `model` along `text` (None: the text its file remembers), or along `rows` of numbers.

    `vocab` names the symbols in index order, `vocab_from` a text file whose sorted characters they are (in `encoding`);
    see `Said` for the rest. Raises `UserError` in one sentence.
    """
    with worded_for_python():
        prepared = _prepared(model, _options(vocab, vocab_from, encoding, said, text=text))
        with settings_kept():
            return Trace(prepared.open())


def debug(
    model: Model,
    text: str | None = None,
    *,
    vocab: Vocab = None,
    vocab_from: Path | None = None,
    encoding: str = "utf-8",
    stops: str | Sequence[str] = (),
    step: int = 0,
    theme: str = "dark",
    **said: Unpack[Said],
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
        options = _options(vocab, vocab_from, encoding, said, text=text, stops=conditions)
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
    length = len(prepared.symbols)
    if not 0 <= step <= length:
        raise UserError(f"step={step} does not exist: the text has {length} steps, and step 0 is before them")
    return replace(prepared, position=step)


def _checked_theme(theme: str) -> str:
    if theme not in THEMES:
        raise UserError(f"theme={theme!r} is not known: choose one of {', '.join(THEMES)}")
    return theme


def _options(vocab: Vocab, vocab_from: Path | None, encoding: str, besides: Said, **said: Any) -> ModelOptions:
    if unknown := next((name for name in besides if name not in Said.__annotations__), None):
        raise TypeError(
            f"there is no argument {unknown!r}: besides text and vocab there are {', '.join(Said.__annotations__)}"
        )
    given = {name: _plain(name, value) for name, value in besides.items()}
    rows = given.get("rows")
    if rows is not None and not isinstance(rows, str):
        from lstm_tui.api.given_rows import table_of

        given["rows"] = table_of(rows, besides.get("time"), besides.get("missing"))
    named = os.fspath(vocab) if isinstance(vocab, str | os.PathLike) else None if vocab is None else tuple(vocab)
    source = None if vocab_from is None else os.fspath(vocab_from)
    return ModelOptions(vocab=named, vocab_from=source, encoding=encoding, **given, **said)


def _plain(name: str, value: Any) -> Any:
    """A value as the command line would have it."""
    if isinstance(value, os.PathLike):
        return os.fspath(value)
    if name in ("columns", "target") and value is not None and not isinstance(value, str):
        return ",".join(value)
    return tuple(value) if name == "classes" and value is not None and not isinstance(value, str) else value


def _prepared(model: Model, options: ModelOptions) -> Prepared:
    if isinstance(model, Loaded):
        known = model.prepared
        plain = ModelOptions()
        asked = {field.name: getattr(options, field.name) for field in fields(options)}
        said = replace(known.options, **{name: value for name, value in asked.items() if value != getattr(plain, name)})
        if known.foreign is not None and not any(asked[name] is not None for name in _READ_FOR):
            return prepared_for(known.name, known.foreign, said, known.path)
        return prepare(said)
    if isinstance(model, str | os.PathLike):
        return prepare(replace(options, model=os.fspath(model)))
    if not hasattr(model, "state_dict"):
        raise UserError(f"a model is a torch module, a path, or what load() returns, not a {type(model).__name__}")
    return prepare_module(model, options)
