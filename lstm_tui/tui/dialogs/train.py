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
    hidden: int | None = None
    """None: as many units as there are."""
    forget_bias: float | None = None
    """None: as the seed draws it."""


class Field(Horizontal):
    """A label and its input on one line."""

    DEFAULT_CSS = """
    Field { height: 1; }
    Field Label { width: 20; color: $secondary; }
    Field Input, Field Input:focus { width: 1fr; margin: 0; }
    """

    def __init__(self, label: str, value: str, id: str, empty: str = "") -> None:
        """`empty` stands there, dimmed, where nothing is typed."""
        super().__init__()
        self._label, self._value, self._input_id, self._empty = label, value, id, empty

    def compose(self) -> ComposeResult:
        yield Label(Content(self._label))
        yield Input(self._value, self._empty, id=self._input_id)


class AskTraining(Dialog[TrainingRequest]):
    """Enter trains from any field. It closes only with numbers that `check` accepts."""

    BINDINGS = [Binding("enter", "train", "train", priority=True, id="dialog.train", show=False)]

    def __init__(self, epochs: int, lr: float, hidden: int | None, check: Check[TrainingRequest]) -> None:
        """`hidden`: units a layer; None where layers differ."""
        super().__init__("train", "↑↓ weights   tab: next field   enter: train   escape: go back")
        self._epochs, self._lr, self._check = epochs, lr, check
        self._hidden = "" if hidden is None else str(hidden)

    def asked(self) -> list[Widget]:
        weights = Choices(("continue from the current weights", "start from fresh weights (drawn from the seed)"))
        return [
            weights,
            Field("epochs", str(self._epochs), "epochs"),
            Field("learning rate", f"{self._lr:g}", "lr"),
            Field("fresh: units", self._hidden, "hidden", "as they are"),
            Field("fresh: forget bias", "", "forget", "as drawn"),
        ]

    def on_mount(self) -> None:
        self.query_one(OptionList).highlighted = 0

    def on_input_changed(self, event: Input.Changed) -> None:
        self.show_error(None)
        if event.input.id in ("hidden", "forget") and self._shape() != (None, None):
            self.query_one(OptionList).highlighted = 1  # nothing else can be given them

    def _typed(self, name: str) -> str:
        return self.query_one(name, Input).value.strip()

    def _shape(self) -> tuple[str | None, str | None]:
        """The units and the forget bias as they were typed; None for what is left as it was."""
        hidden = self._typed("#hidden")
        return None if hidden == self._hidden else hidden or None, self._typed("#forget") or None

    def action_train(self) -> None:
        epochs, lr, (hidden, forget) = self._typed("#epochs"), self._typed("#lr"), self._shape()
        try:
            request = TrainingRequest(
                self.query_one(OptionList).highlighted == 1,
                int(epochs),
                float(lr),
                None if hidden is None else int(hidden),
                None if forget is None else float(forget),
            )
        except ValueError:
            fields = [f"epochs '{epochs}'", f"learning rate '{lr}'"]
            fields += [f"units '{hidden}'"] if hidden else []
            fields += [f"forget bias '{forget}'"] if forget else []
            raise UserError(f"{', '.join(fields)} must all be numbers") from None
        self._check(request)
        self.dismiss(request)
