"""The door between a model and everyone who looks at it: verbs in, frozen steps out. Importing it loads no torch.

Names are loaded when they are first used: before the first frame is painted only `prepare` is needed.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

from lstm_tui.debugger.bundled import bundled

if TYPE_CHECKING:
    from lstm_tui.debugger.debugger import Debugger
    from lstm_tui.debugger.opening import Prepared, prepare
    from lstm_tui.debugger.training import Training

__all__ = ["Debugger", "Prepared", "Training", "bundled", "prepare"]

_HOMES = {
    "Debugger": "debugger",
    "Prepared": "opening",
    "Training": "training",
    "prepare": "opening",
}


def __getattr__(name: str) -> object:
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{_HOMES[name]}"), name)
