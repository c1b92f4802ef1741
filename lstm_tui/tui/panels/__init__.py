"""The screen's leaves: each paints what it is given, compares nothing, and posts what was clicked."""

from lstm_tui.tui.panels.equations import Equations
from lstm_tui.tui.panels.ground import Ground
from lstm_tui.tui.panels.guess import GuessRow
from lstm_tui.tui.panels.history import History
from lstm_tui.tui.panels.loss import LossCurve
from lstm_tui.tui.panels.quantity import QuantityPanel
from lstm_tui.tui.panels.source import SourcePane
from lstm_tui.tui.panels.status import StatusRow
from lstm_tui.tui.panels.text_row import TextRow
from lstm_tui.tui.panels.title import TitleRow

__all__ = [
    "Equations",
    "Ground",
    "GuessRow",
    "History",
    "LossCurve",
    "QuantityPanel",
    "SourcePane",
    "StatusRow",
    "TextRow",
    "TitleRow",
]
