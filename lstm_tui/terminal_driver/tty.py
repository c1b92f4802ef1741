"""What the terminal can and cannot do, asked before anything is drawn on it."""

from __future__ import annotations

import codecs
import os
import sys

from lstm_tui.core.errors import UserError
from lstm_tui.core.vocabulary import visible

_INSTEAD = "'lstm-tui trace' prints the steps anywhere"


def check_terminal() -> None:
    """Raises `UserError` where the screen could not be drawn (on standard error) or would get no keys."""
    for stream, name in ((sys.__stdin__, "standard input"), (sys.__stderr__, "standard error")):
        if stream is None or stream.closed or not stream.isatty():
            raise UserError(f"the debugger needs a terminal, but {name} is not one: run it in a terminal; {_INSTEAD}")
    if is_dumb():
        raise UserError(f"the terminal is dumb (TERM=dumb) and cannot show the screen; {_INSTEAD}")
    encoding = getattr(sys.__stderr__, "encoding", None) or "unknown"
    if not _is_utf_8(encoding):
        raise UserError(
            f"the terminal's encoding is {visible(encoding)}, but the debugger draws in UTF-8: "
            f"set PYTHONUTF8=1 and unset PYTHONIOENCODING; {_INSTEAD}"
        )


def is_dumb() -> bool:
    """Whether the terminal cannot move its cursor."""
    return os.environ.get("TERM") == "dumb"


def set_colors(color: str) -> None:
    """Put `--color` where Textual looks when it is imported: an explicit wish overrides NO_COLOR.

    An empty NO_COLOR counts as unset, which Textual would take for set.
    """
    if color not in ("auto", "none") or not os.environ.get("NO_COLOR"):
        os.environ.pop("NO_COLOR", None)
    if color == "none":
        os.environ["NO_COLOR"] = "1"
    elif color != "auto":
        os.environ["TEXTUAL_COLOR_SYSTEM"] = "standard" if color == "16" else color


def _is_utf_8(encoding: str) -> bool:
    try:
        return codecs.lookup(encoding).name == "utf-8"
    except LookupError:
        return False
