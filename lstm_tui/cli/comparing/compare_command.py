"""`lstm-tui compare A B`: two models in lock-step on one text, without a screen."""

from __future__ import annotations

from argparse import Namespace
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from lstm_tui.cli.asked_model import prepared_model
from lstm_tui.cli.output import print_message
from lstm_tui.cli.trace_output import check_output, span, write_trace
from lstm_tui.core.errors import UserError
from lstm_tui.core.kinds import IMPLEMENTATIONS
from lstm_tui.core.options import ModelOptions
from lstm_tui.core.vocabulary import visible
from lstm_tui.debugger.prepare import TEXT

if TYPE_CHECKING:
    from lstm_tui.debugger.debugger import Debugger
    from lstm_tui.debugger.prepared import Prepared

FRESH = "cell:"
_ONLY_FRESH = ("hidden", "layers", "seed", "forget_bias", "train", "epochs", "lr")


def compare(
    arguments: Namespace,
    options: ModelOptions,
    trained: Callable[[Debugger], None],
) -> int:
    """Print both. Raises `UserError` for models that cannot be compared."""
    names = arguments.model, arguments.model_b
    if None in names:
        raise UserError("compare needs two models, each a file, a bundled model's name or cell:KIND: compare A B")
    check_output(arguments)
    prepared = _prepared(names, options, tuple(arguments.clamps_b or ()))
    steps = span(arguments.steps, len(prepared[0].symbols))
    opened: list[Debugger] = []
    for name, one in zip(names, prepared, strict=True):
        opened.append(one.open())
        if options.train and _is_fresh(name):
            trained(opened[-1])
        for note in opened[-1].about.notes:
            print_message(f"{name}: {note}")
    write_trace(arguments, _lines(arguments.format, opened, names, steps))
    return 0


def _prepared(names: tuple[str, str], options: ModelOptions, clamps_b: tuple[str, ...]) -> tuple[Prepared, Prepared]:
    """Both, reading the same text: the one given, or the first that one of them brings."""
    if options.cell is not None:
        raise UserError("compare takes no --cell: name a fresh one of a kind as cell:KIND, such as cell:gru")
    for name in names:
        kind = name.removeprefix(FRESH)
        if _is_fresh(name) and kind not in IMPLEMENTATIONS:
            raise UserError(f"{visible(name)}: there is no such cell; 'lstm-tui cells' lists them")
    if not any(map(_is_fresh, names)):
        for field in _ONLY_FRESH:
            if getattr(options, field) not in (None, False) and not (field == "seed" and options.random):
                flag = field.replace("_", "-")
                raise UserError(f"--{flag} is for a fresh model: make one of the two cell:KIND, such as cell:gru")
    known: list[Prepared | None] = [None, None]
    for at, name in enumerate(names):  # those that bring a text and a vocabulary first
        if not _is_fresh(name):
            known[at] = _named(name, _of_file(name, _reading(options, known), clamps_b if at else ()))
    for at, name in enumerate(names):
        if _is_fresh(name):
            known[at] = _named(name, _of_kind(name, _reading(options, known), known, clamps_b if at else ()))
    a, b = known
    assert a is not None, "prepared above"
    assert b is not None, "prepared above"
    return a, b


def _named(name: str, options: ModelOptions) -> Prepared:
    """One of them. Raises `UserError` that says which it is about."""
    try:
        return prepared_model(options)
    except UserError as error:
        if name in str(error):
            raise
        raise UserError(f"{visible(name)}: {error}") from None


def _is_fresh(name: str) -> bool:
    return name.startswith(FRESH)


def _reading(options: ModelOptions, known: Sequence[Prepared | None]) -> ModelOptions:
    """The options with what has been read already: the text, and a vocabulary that was given, may come from pipes."""
    first = next((one for one in known if one is not None), None)
    if first is None:
        return options
    if options.vocab is not None or options.vocab_from is not None:
        options = replace(options, vocab=first.vocabulary.symbols, vocab_from=None)
    return replace(options, text=first.text, file=None, random=None)


def _of_file(name: str, options: ModelOptions, clamps: tuple[str, ...]) -> ModelOptions:
    seed = options.seed if options.random is not None else None
    return replace(
        options, hidden=None, layers=None, seed=seed, forget_bias=None, train=False, epochs=None, lr=None, model=name,
        clamps=(*options.clamps, *clamps), fresh=False,
    )  # fmt: skip


def _of_kind(
    name: str, options: ModelOptions, known: Sequence[Prepared | None], clamps: tuple[str, ...]
) -> ModelOptions:
    """A fresh one with the other's vocabulary, and with its sizes where none are said."""
    other = next((one for one in known if one is not None), None)
    sizes = () if other is None or len(set(other.hidden_sizes)) > 1 else other.hidden_sizes
    given = options.vocab is not None or options.vocab_from is not None
    no_text = options.text is None and options.file is None and options.random is None
    return replace(
        options,
        hidden=options.hidden or (sizes[0] if sizes else None),
        layers=options.layers or len(sizes) or None,
        model=None,
        fresh=True,
        cell=name.removeprefix(FRESH),
        vocab=options.vocab if given or other is None else other.vocabulary.symbols,
        text=TEXT if no_text else options.text,
        clamps=(*options.clamps, *clamps),
    )


def _lines(form: str, opened: Sequence[Debugger], names: Sequence[str], steps: range) -> Iterator[str]:
    from lstm_tui import __version__
    from lstm_tui.debugger.contrasts.lockstep import Lockstep
    from lstm_tui.tracing.compared import compared_table, csv_compared, jsonl_compared

    a, b = opened
    both = Lockstep(a.debuggee.rollout, b.debuggee.rollout, (names[0], names[1]))
    shown = both.steps(steps.start + 1, steps.stop + 1)
    models = [
        (replace(one.about, name=name if _is_fresh(name) else one.about.name), one.interventions)
        for name, one in zip(names, opened, strict=True)
    ]
    symbols = None if both.alike else both.symbols
    if form == "jsonl":
        return jsonl_compared(models, a.length, symbols, shown, __version__)
    if form == "csv":
        return csv_compared(shown)
    return compared_table(models, a.length, symbols, shown)
