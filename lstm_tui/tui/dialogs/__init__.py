"""Questions to the user. A dialog knows nothing of the screen below it: it is given words and checks, and dismisses
with an answer. This package is imported when the first dialog opens, so that start-up does not pay for it."""

from lstm_tui.tui.dialogs.ask import AskText, Check, Confirm, Pick, Question
from lstm_tui.tui.dialogs.open_model import AskModel
from lstm_tui.tui.dialogs.train import AskTraining, TrainingRequest

__all__ = ["AskModel", "AskText", "AskTraining", "Check", "Confirm", "Pick", "Question", "TrainingRequest"]
