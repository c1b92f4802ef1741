"""Painting: numbers in, lines of (text, style name) runs out. Pure functions that import nothing of ours.

A style name is a word the theme knows (`gate.5`, `negative.8`, `mover`, `quiet`), optionally with `+row` (the selected
unit's band) and `+reverse` (glyph and ground swapped) after it. `ascii=True` draws with ASCII characters only.
"""

from lstm_tui.tui.paint.curves import LossData, paint_loss
from lstm_tui.tui.paint.equations import EquationLine, paint_equations
from lstm_tui.tui.paint.layout import Layout, panel_layout
from lstm_tui.tui.paint.plots import HistoryData, paint_history
from lstm_tui.tui.paint.quantity import PanelData, paint_panel
from lstm_tui.tui.paint.rows import (
    GuessData,
    Slot,
    StatusData,
    TextData,
    paint_guess,
    paint_status,
    paint_text,
    paint_title,
    text_slots,
    text_window,
)
from lstm_tui.tui.paint.runs import Line, Run, number, text_of, width_of

__all__ = [
    "EquationLine",
    "GuessData",
    "HistoryData",
    "Layout",
    "Line",
    "LossData",
    "PanelData",
    "Run",
    "Slot",
    "StatusData",
    "TextData",
    "number",
    "paint_equations",
    "paint_guess",
    "paint_history",
    "paint_loss",
    "paint_panel",
    "paint_status",
    "paint_text",
    "paint_title",
    "panel_layout",
    "text_of",
    "text_slots",
    "text_window",
    "width_of",
]
