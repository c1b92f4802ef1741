"""Where a trace goes: to standard output line by line, or whole into a file."""

from __future__ import annotations

import sys
from argparse import Namespace
from collections.abc import Iterator

from lstm_tui.cli.output import write
from lstm_tui.core.errors import UserError
from lstm_tui.core.filesystem.files import check_destination, quoted, write_atomically

ENDINGS = {"table": ".txt", "jsonl": ".jsonl", "csv": ".csv", "html": ".html"}


def check_output(arguments: Namespace) -> None:
    """Raises `UserError` where the trace could not be written, before any of it is made."""
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
