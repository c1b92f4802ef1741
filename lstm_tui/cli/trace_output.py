"""Where a trace goes: to standard output line by line, or whole into a file."""

from __future__ import annotations

import sys
from argparse import Namespace
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

from lstm_tui.cli.output import write
from lstm_tui.core.errors import UserError
from lstm_tui.core.filesystem.files import check_destination, quoted, write_atomically

if TYPE_CHECKING:
    from lstm_tui.core.step import Step
    from lstm_tui.debugger.debugger import Debugger

GRADED = ("jsonl", "csv")
"""The formats that have a place for derivatives."""
ENDINGS = {"table": ".txt", "jsonl": ".jsonl", "csv": ".csv", "html": ".html"}


def check_output(arguments: Namespace) -> None:
    """Raises `UserError` where the trace could not be written, before any of it is made."""
    if arguments.grad is not None and arguments.format not in GRADED:
        raise UserError("--grad prints derivatives as jsonl or csv: add --format jsonl or --format csv")
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


def formatted(name: str, debugger: Debugger, steps: Iterator[Step]) -> Iterator[str]:
    """The lines of a trace in the format of that name."""
    from lstm_tui import __version__
    from lstm_tui.tracing.formats import csv_lines, jsonl

    if name == "jsonl":
        return jsonl(debugger.about, debugger.length, steps, __version__)
    if name == "csv":
        return csv_lines(steps)
    if name == "html":
        from lstm_tui.pages.page import trace_page

        return trace_page(debugger, steps, __version__)
    from lstm_tui.tracing.table import table, terminal_look

    width, color = terminal_look()
    return table(debugger.about, debugger.length, steps, width, color)


Graded = Callable[[Iterator["Step"], range], Iterator["Step"]]


def graded(asked: str | None, debugger: Debugger, imagined: int) -> Graded | None:
    """What joins the derivatives that `--grad` asks for to steps of a span of positions; None where it asks for none.

    Raises `UserError` for what cannot be differentiated, once `imagined` characters more will have been written.
    """
    if asked is None:
        return None
    from lstm_tui.core.objective import read_objective
    from lstm_tui.debugger.backwards.graded_steps import check_objective, with_gradients

    objective = read_objective(asked, debugger.about.vocabulary, debugger.length + imagined)
    check_objective(debugger.debuggee.rollout)
    return lambda steps, span: with_gradients(debugger.debuggee.rollout, objective, steps, span)
