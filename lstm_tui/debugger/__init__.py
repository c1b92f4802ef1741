"""The door between a model and everyone who looks at it: verbs in, frozen steps out. Importing it loads no torch."""

from lstm_tui.debugger.bundled import bundled
from lstm_tui.debugger.debugger import Debugger
from lstm_tui.debugger.opening import Prepared, prepare
from lstm_tui.debugger.training import Training

__all__ = ["Debugger", "Prepared", "Training", "bundled", "prepare"]
