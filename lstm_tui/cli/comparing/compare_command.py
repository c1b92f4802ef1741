"""`lstm-tui compare A B`: two models in lock-step on one text, without a screen."""

from __future__ import annotations

import sys
from argparse import Namespace
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from lstm_tui.cli.asked_model import prepared_model
from lstm_tui.cli.output import print_message
from lstm_tui.cli.trace_output import check_output, span, write_trace
from lstm_tui.core.errors import UserError
from lstm_tui.core.options import ModelOptions
from lstm_tui.debugger.contrasts.asked_pair import asked_pair, is_fresh

if TYPE_CHECKING:
    from lstm_tui.debugger.debugger import Debugger
    from lstm_tui.debugger.prepared import Prepared


def compare(arguments: Namespace, options: ModelOptions, trained: Callable[[Debugger], None]) -> int:
    """Print both. Raises `UserError` for models that cannot be compared."""
    arguments.format = arguments.format or "table"
    prepared = both_prepared(arguments, options)
    check_output(arguments)
    steps = span(arguments.steps, len(prepared[0].symbols))
    opened: list[Debugger] = []
    for one in prepared:
        opened.append(one.open())
        if one.options.train:
            trained(opened[-1])
        for note in opened[-1].about.notes:
            print_message(f"{one.name}: {note}")
    write_trace(arguments, _lines(arguments.format, opened, (arguments.model, arguments.model_b), steps))
    return 0


def wants_screen(arguments: Namespace) -> bool:
    """Whether nothing is said that is about printing, and somebody looks."""
    if arguments.record is not None:
        return True
    said = arguments.format or arguments.output or arguments.steps or arguments.file == "-"
    two = None not in (arguments.model, arguments.model_b)
    return two and not said and sys.stdout is not None and sys.stdout.isatty()


def both_prepared(arguments: Namespace, options: ModelOptions) -> tuple[Prepared, Prepared]:
    """The two that the command line names. Raises `UserError`."""
    names = arguments.model, arguments.model_b
    if None in names:
        raise UserError("compare needs two models, each a file, a bundled model's name or cell:KIND: compare A B")
    return asked_pair(names, options, tuple(arguments.clamps_b or ()), prepared_model)


def _lines(form: str, opened: Sequence[Debugger], names: Sequence[str], steps: range) -> Iterator[str]:
    from lstm_tui import __version__
    from lstm_tui.debugger.contrasts.lockstep import Lockstep
    from lstm_tui.tracing.compared import compared_table, csv_compared, jsonl_compared

    a, b = opened
    both = Lockstep(a.debuggee.rollout, b.debuggee.rollout, (names[0], names[1]))
    shown = both.steps(steps.start + 1, steps.stop + 1)
    models = [
        (replace(one.about, name=name if is_fresh(name) else one.about.name), one.interventions)
        for name, one in zip(names, opened, strict=True)
    ]
    symbols = None if both.alike else both.symbols
    if form == "jsonl":
        return jsonl_compared(models, a.length, symbols, shown, __version__)
    if form == "csv":
        return csv_compared(shown)
    return compared_table(models, a.length, symbols, shown)
