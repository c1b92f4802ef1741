"""What of a trace is asked for, how it is written, and where: to standard output line by line, or whole into a file."""

from __future__ import annotations

import sys
from argparse import Namespace
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

from lstm_tui.cli.output import write
from lstm_tui.core.errors import UserError
from lstm_tui.core.filesystem.files import check_destination, quoted, write_atomically
from lstm_tui.core.questions.excerpt import WHOLE, Excerpt

if TYPE_CHECKING:
    from lstm_tui.core.step import Step
    from lstm_tui.debugger.debugger import Debugger

GRADED = ("jsonl", "csv")
"""The formats that have a place for derivatives."""
Graded = Callable[[Iterator["Step"], range, Excerpt], Iterator["Step"]]
ENDINGS = {"table": ".txt", "jsonl": ".jsonl", "csv": ".csv", "html": ".html"}


def check_output(arguments: Namespace) -> None:
    """Raises `UserError` where the trace could not be written, before any of it is made."""
    if arguments.grad is not None and arguments.format not in GRADED:
        raise UserError("--grad prints derivatives as jsonl or csv: add --format jsonl or --format csv")
    if arguments.jacobian:
        others = {"--grad": arguments.grad, "--layer": arguments.layer, "--units": arguments.units,
                  "--only": arguments.only}  # fmt: skip
        given = [name for name, value in others.items() if value is not None]
        if given:
            raise UserError(f"--jacobian prints eigenvalues in place of the quantities: leave out {', '.join(given)}")
        if arguments.format == "html":
            raise UserError("--jacobian prints table, jsonl or csv: leave out --format html")
    if arguments.output is not None:
        check_destination(arguments.output, ENDINGS[arguments.format], arguments.force)
    elif arguments.format == "html" and sys.stdout is not None and sys.stdout.isatty():
        raise UserError("a page is for a browser, not for the terminal: add -o FILE.html")


def write_trace(arguments: Namespace, lines: Iterator[str]) -> None:
    """All of a trace. Raises `UserError` and `RunFailed` as writing does."""
    if arguments.output is None:
        for line in lines:
            write(line)
        return
    write_atomically(arguments.output, (line.encode() for line in lines), arguments.force)
    write(f"wrote {quoted(arguments.output)}\n")


def span(asked: tuple[int | None, int | None] | None, length: int) -> range:
    """The time steps of `--steps A:B`, as Python slices. Raises `UserError` where there are none."""
    start, stop = asked or (None, None)
    steps = range(*slice(start, stop).indices(length))
    if not steps:
        named = f"{'' if start is None else start}:{'' if stop is None else stop}"
        raise UserError(f"--steps {named} selects no step: the text has {length}, from t = 0 to {length - 1}")
    return steps


def excerpt_of(arguments: Namespace, debugger: Debugger) -> Excerpt:
    """Which numbers are asked for. Raises `UserError` for what the model does not have."""
    asked = Excerpt(arguments.layer, arguments.units, arguments.only)
    if arguments.format == "html" and asked != WHOLE:
        raise UserError("a page shows every number: leave out --layer, --units and --only, or choose another --format")
    names = [quantity.name for quantity in debugger.quantities]
    written = {"layer": "--layer", "units": "--units", "only": "--only"}
    return asked.checked(names, debugger.about.hidden_sizes, written)


def formatted(
    arguments: Namespace, debugger: Debugger, asked: range, excerpt: Excerpt, graded_by: Graded | None = None
) -> Iterator[str]:
    """The lines of the trace of the time steps `asked`."""
    name: str = arguments.format
    if arguments.jacobian:
        return eigenvalue_trace(name, debugger, asked)
    about, length = debugger.about, debugger.length
    source = debugger.stops if debugger.stops.listed else debugger
    start, stop = asked.start + 1, asked.stop + 1  # position k is the state after the character at t = k - 1
    if name == "table":
        from lstm_tui.tracing.table import table, terminal_look

        cut = map(excerpt.cut, source.steps(start, stop))
        return table(about, length, cut, *terminal_look(), excerpt, debugger.interventions)
    from lstm_tui import __version__

    if name == "html":
        from lstm_tui.pages.page import trace_page

        # A page begins where the debugger does.
        first = 0 if asked.start == 0 and source is debugger else start
        return trace_page(debugger, source.steps(first, stop), __version__)
    from lstm_tui.tracing.formats import csv_lines, jsonl

    steps = source.printed(start, stop, excerpt)
    if graded_by is not None:
        steps = graded_by(steps, range(start, stop), excerpt)
    if name == "csv":
        return csv_lines(about, steps, excerpt)
    return jsonl(about, length, steps, __version__, excerpt, debugger.interventions)


def eigenvalue_trace(name: str, debugger: Debugger, asked: range) -> Iterator[str]:
    """What `--jacobian` prints of the time steps `asked`. Raises `UserError` for what has no eigenvalues."""
    from lstm_tui import __version__
    from lstm_tui.debugger.backwards.graded_steps import with_eigenvalues
    from lstm_tui.tracing.eigenvalues import eigenvalue_lines
    from lstm_tui.tracing.table import terminal_look

    source = debugger.stops if debugger.stops.listed else debugger
    found = with_eigenvalues(debugger.debuggee.rollout, source.steps(asked.start + 1, asked.stop + 1))
    return eigenvalue_lines(name, found, __version__, terminal_look()[0])


def graded(asked: str | None, debugger: Debugger, imagined: int) -> Graded | None:
    """What joins the derivatives that `--grad` asks for to steps of a span of positions; None where it asks for none.

    Raises `UserError` for what cannot be differentiated, once `imagined` characters more will have been written.
    """
    if asked is None:
        return None
    from lstm_tui.core.questions.objective import read_objective
    from lstm_tui.debugger.backwards.graded_steps import check_objective, with_gradients

    classes = debugger.debuggee.rollout.classes
    judged = None if classes is None else classes.label is not None
    objective = read_objective(asked, debugger.about.outputs, debugger.length + imagined, judged)
    check_objective(debugger.debuggee.rollout)
    return lambda *some: with_gradients(debugger.debuggee.rollout, objective, *some)
