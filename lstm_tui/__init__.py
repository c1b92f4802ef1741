"""A debugger for recurrent cells in the terminal.

Importing the package loads neither torch (1–1.6 s) nor textual: the command line must be able to refuse bad input and
paint its first frame before either is here. Public names are therefore resolved when they are asked for.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

__version__ = "0.1.0"

_LAZY = {**dict.fromkeys(("debug", "load", "trace"), "lstm_tui.api.calls"), "UserError": "lstm_tui.core.errors"}
"""Public name → the module that defines it."""

if TYPE_CHECKING:
    from lstm_tui.api.calls import debug, load, trace
    from lstm_tui.core.errors import UserError

__all__ = ["UserError", "__version__", "debug", "load", "trace"]


def __getattr__(name: str) -> object:
    if name not in _LAZY:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(_LAZY[name]), name)


def __dir__() -> list[str]:
    return sorted({*globals(), *_LAZY})
