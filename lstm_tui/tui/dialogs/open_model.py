"""Which model to open: the bundled ones first, or a file."""

from __future__ import annotations

from collections.abc import Sequence

from textual import events
from textual.widget import Widget
from textual.widgets import Input, OptionList

from lstm_tui.tui.dialogs.base import Check, Dialog
from lstm_tui.tui.dialogs.choices import Choices


class AskModel(Dialog[str]):
    """Dismisses with a bundled model's name or a path that `check` has nothing against."""

    def __init__(self, bundled: Sequence[tuple[str, str]], check: Check) -> None:
        super().__init__("open", "↑↓: a bundled model, or type a file's path", "enter: open it   escape: go back")
        self._bundled = tuple(bundled)
        self._check = check

    def asked(self) -> list[Widget]:
        models = Choices(f"{name:<8} {about}" for name, about in self._bundled)
        models.can_focus = False  # one focus: what is typed is a path, and the arrows choose
        return [models, Input(placeholder="path to a checkpoint: .safetensors, .pt, .ckpt …")]

    def on_mount(self) -> None:
        self.query_one(OptionList).highlighted = 0

    def on_key(self, event: events.Key) -> None:
        models = self.query_one(OptionList)
        if event.key == "down":
            models.action_cursor_down()
        elif event.key == "up":
            models.action_cursor_up()
        else:
            return
        event.stop()

    def on_input_changed(self, event: Input.Changed) -> None:
        self.complain(None)

    def on_input_submitted(self, event: Input.Submitted) -> None:
        event.stop()
        highlighted = self.query_one(OptionList).highlighted or 0
        self._try(event.value.strip() or self._bundled[highlighted][0])

    def on_option_list_option_selected(self, event: OptionList.OptionSelected) -> None:
        event.stop()
        self._try(self._bundled[event.option_index][0])

    def _try(self, model: str) -> None:
        wrong = self._check(model)
        if wrong is None:
            self.dismiss(model)
        else:
            self.complain(wrong)
