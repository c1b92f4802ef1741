"""How to train: from which weights, for how long, at which rate."""

from __future__ import annotations

from dataclasses import dataclass

from textual.app import ComposeResult
from textual.binding import Binding
from textual.containers import Horizontal
from textual.content import Content
from textual.widget import Widget
from textual.widgets import Input, Label, OptionList

from lstm_tui.core.errors import UserError
from lstm_tui.tui.dialogs.base import Check, Dialog
from lstm_tui.tui.dialogs.choices import Choices


@dataclass(frozen=True)
class TrainingRequest:
    """What the user chose in the dialog."""

    fresh: bool
    epochs: int
    lr: float


class Field(Horizontal):
    """A label and its input on one line."""

    DEFAULT_CSS = """
    Field { height: 1; }
    Field Label { width: 18; color: $secondary; }
    Field Input, Field Input:focus { width: 1fr; margin: 0; }
    """

    def __init__(self, label: str, value: str, id: str) -> None:
        super().__init__()
        self._label, self._value, self._input_id = label, value, id

    def compose(self) -> ComposeResult:
        yield Label(Content(self._label))
        yield Input(self._value, id=self._input_id)


class AskTraining(Dialog[TrainingRequest]):
    """Enter trains from any field. It closes only with numbers that `check` accepts."""

    BINDINGS = [Binding("enter", "train", "train", priority=True, id="dialog.train", show=False)]

    def __init__(self, epochs: int, lr: float, check: Check[TrainingRequest]) -> None:
        super().__init__("train", "↑↓ weights   tab: next field   enter: train   escape: go back")
        self._epochs, self._lr, self._check = epochs, lr, check

    def asked(self) -> list[Widget]:
        weights = Choices(("continue from the current weights", "start from fresh weights (drawn from the seed)"))
        return [weights, Field("epochs", str(self._epochs), "epochs"), Field("learning rate", f"{self._lr:g}", "lr")]

    def on_mount(self) -> None:
        self.query_one(OptionList).highlighted = 0

    def on_input_changed(self, event: Input.Changed) -> None:
        self.complain(None)

    def action_train(self) -> None:
        epochs, lr = (self.query_one(name, Input).value.strip() for name in ("#epochs", "#lr"))
        try:
            wish = TrainingRequest(self.query_one(OptionList).highlighted == 1, int(epochs), float(lr))
        except ValueError:
            raise UserError(f"epochs '{epochs}' and learning rate '{lr}' must both be numbers") from None
        self._check(wish)
        self.dismiss(wish)
