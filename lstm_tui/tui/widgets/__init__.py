"""The screen's leaves: each paints what it is given, compares nothing, and posts what was clicked."""

from lstm_tui.tui.widgets.background import Ground
from lstm_tui.tui.widgets.equations import Equations
from lstm_tui.tui.widgets.guess import BesideRow, GuessRow
from lstm_tui.tui.widgets.history import HistoryPlot
from lstm_tui.tui.widgets.loss import LossCurve
from lstm_tui.tui.widgets.quantity import Panels, QuantityPanel
from lstm_tui.tui.widgets.source import SourcePane
from lstm_tui.tui.widgets.status import StatusRow
from lstm_tui.tui.widgets.text_row import TextRow
from lstm_tui.tui.widgets.title import TitleRow

__all__ = [
    "BesideRow",
    "Equations",
    "Ground",
    "GuessRow",
    "HistoryPlot",
    "LossCurve",
    "Panels",
    "QuantityPanel",
    "SourcePane",
    "StatusRow",
    "TextRow",
    "TitleRow",
]
