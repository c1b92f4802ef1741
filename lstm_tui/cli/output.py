"""What a command says: lines on standard output, sentences on standard error, nothing that a terminal would obey."""

from __future__ import annotations

import contextlib
import os
import sys
import traceback

from lstm_tui.core.errors import RunFailed
from lstm_tui.core.filesystem.files import reason
from lstm_tui.core.vocabulary import visible


def write(text: str, flush: bool = False) -> None:
    """To standard output. Raises `RunFailed` where there is no room; a closed pipe is `main`'s business."""
    if sys.stdout is None:
        return
    try:
        sys.stdout.write(text)
        if flush:
            sys.stdout.flush()
    except BrokenPipeError:
        raise
    except OSError as error:
        raise RunFailed(f"the output could not be written: {reason(error)}; it is incomplete") from None


def print_message(sentence: str) -> None:
    """One sentence on standard error, with nothing in it that a terminal would obey."""
    if sys.stderr is None:
        return  # `print` would take standard output instead
    with contextlib.suppress(OSError, ValueError):
        print(f"lstm-tui: {visible(sentence)}", file=sys.stderr, flush=True)


def report_crash(error: Exception) -> None:
    """A mistake of ours: say where it happened, harmlessly, for the report."""
    if sys.stderr is None:
        return
    with contextlib.suppress(OSError, ValueError):
        for block in traceback.format_exception(error):
            for line in block.splitlines():
                print(visible(line), file=sys.stderr)
    print_message("this is a bug in lstm-tui: please report it with the lines above")


def close_output(code: int) -> int:
    """Flush for the last time, so that the interpreter's own flush at exit has nothing left to complain about."""
    for stream in (sys.stdout, sys.stderr):
        try:
            if stream is not None:
                stream.flush()
        except (OSError, ValueError):
            with contextlib.suppress(OSError, ValueError):
                os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())
    return code
